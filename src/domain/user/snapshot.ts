import type { UserState } from './state.ts'

/** Raised with every change of the state's shape or meaning; snapshots of another version are ignored. */
export const userStateVersion = 2

interface Stored {
  readonly devices: readonly (readonly [deviceId: string, standing: 'active' | 'revoked'])[]
  readonly status: UserState['status']
  readonly identityKey?: string
}

/** JSON text. */
export const userToSnapshot = ({ devices, status, identityKey }: UserState): string => {
  const stored: Stored = { devices: [...devices], status, ...(identityKey !== undefined && { identityKey }) }
  return JSON.stringify(stored)
}

/** `text` must come from `userToSnapshot` of this version; throws a SyntaxError or TypeError otherwise. */
export const userFromSnapshot = (text: string): UserState => {
  const { devices, ...rest } = JSON.parse(text) as Stored
  return { devices: new Map(devices), ...rest }
}
