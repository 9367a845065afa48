import type { Marks } from './marks.ts'
import type { Openness } from './user-events.ts'
import type { UserState, WaitingRequest } from './user-state.ts'

/** Raised with every change of the state's shape or meaning; snapshots of another version are ignored. */
export const userStateVersion = 5

interface Stored {
  readonly devices: readonly (readonly [deviceId: string, standing: 'active' | 'revoked'])[]
  readonly status: UserState['status']
  readonly identityKey?: string
  readonly direct?: Openness
  readonly groups?: Openness
  readonly blocked: readonly (readonly [userId: string, at: number])[]
  readonly requests: readonly (readonly [conversationId: string, request: WaitingRequest])[]
  readonly marks: readonly (readonly [conversationId: string, marks: Marks])[]
  readonly stars: readonly string[]
}

/** JSON text, which leaves out what is undefined. */
export const userToSnapshot = ({ devices, blocked, requests, marks, stars, ...plain }: UserState): string => {
  const maps = { devices: [...devices], blocked: [...blocked], requests: [...requests], marks: [...marks] }
  return JSON.stringify({ ...plain, ...maps, stars: [...stars] } satisfies Stored)
}

/** `text` must come from `userToSnapshot` of this version; throws a SyntaxError or TypeError otherwise. */
export const userFromSnapshot = (text: string): UserState => {
  const { devices, blocked, requests, marks, stars, ...rest } = JSON.parse(text) as Stored
  const consent = { blocked: new Map(blocked), requests: new Map(requests) }
  return { devices: new Map(devices), ...consent, marks: new Map(marks), stars: new Set(stars), ...rest }
}
