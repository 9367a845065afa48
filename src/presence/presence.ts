import type { Sight } from './visibility.ts'

/** What a viewer is shown of a user. A hidden or unknown user looks like a user who is offline. */
export interface Presence {
  readonly userId: string
  readonly online: boolean
  /** Milliseconds since the Unix epoch, rounded down to the minute. Null while the user is online or hides it. */
  readonly lastSeenAt: number | null
}

/** The true state of a user, before visibility is applied. */
export interface Fact {
  readonly online: boolean
  readonly seenAt: number | null
}

export const unseen: Fact = { online: false, seenAt: null }

export const presenceOf = (userId: string, sight: Sight, { online, seenAt }: Fact): Presence => {
  const isOnline = sight.online && online
  return { userId, online: isOnline, lastSeenAt: sight.lastSeen && !isOnline ? seenAt : null }
}

export const isSamePresence = (one: Presence, other: Presence): boolean =>
  one.online === other.online && one.lastSeenAt === other.lastSeenAt
