import type { Sight } from './visibility.ts'

/** What a user is shown of another. Who may not see it, and who asks for somebody unknown, is shown somebody offline. */
export interface Presence {
  readonly userId: string
  readonly online: boolean
  /** To the minute, milliseconds since the Unix epoch. Null while the user is online, or where it is not shown. */
  readonly lastSeenAt: number | null
}

/** What is so of a user, whoever may see it. */
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
