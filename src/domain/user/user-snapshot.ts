import type { Openness } from './user-events.ts'
import type { UserState, WaitingRequest } from './user-state.ts'

/** Raised with every change of the state's shape or meaning; snapshots of another version are ignored. */
export const userStateVersion = 3

interface Stored {
  readonly devices: readonly (readonly [deviceId: string, standing: 'active' | 'revoked'])[]
  readonly status: UserState['status']
  readonly identityKey?: string
  readonly direct?: Openness
  readonly groups?: Openness
  readonly blocked: readonly (readonly [userId: string, at: number])[]
  readonly requests: readonly (readonly [conversationId: string, request: WaitingRequest])[]
}

/** JSON text, which leaves out what is undefined. */
export const userToSnapshot = ({ devices, blocked, requests, ...plain }: UserState): string =>
  JSON.stringify({ ...plain, devices: [...devices], blocked: [...blocked], requests: [...requests] } satisfies Stored)

/** `text` must come from `userToSnapshot` of this version; throws a SyntaxError or TypeError otherwise. */
export const userFromSnapshot = (text: string): UserState => {
  const { devices, blocked, requests, ...rest } = JSON.parse(text) as Stored
  return { devices: new Map(devices), blocked: new Map(blocked), requests: new Map(requests), ...rest }
}
