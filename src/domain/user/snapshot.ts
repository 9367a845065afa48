import type { UserState } from './state.ts'

/** Raised with every change of the state's shape or meaning; snapshots of another version are ignored. */
export const userStateVersion = 1

interface Stored {
  readonly devices: readonly (readonly [deviceId: string, standing: 'active' | 'revoked'])[]
  readonly status: UserState['status']
}

/** JSON text. */
export const userToSnapshot = ({ devices, status }: UserState): string => {
  const stored: Stored = { devices: [...devices], status }
  return JSON.stringify(stored)
}

/** `text` must come from `userToSnapshot` of this version; throws a SyntaxError or TypeError otherwise. */
export const userFromSnapshot = (text: string): UserState => {
  const { devices, status } = JSON.parse(text) as Stored
  return { devices: new Map(devices), status }
}
