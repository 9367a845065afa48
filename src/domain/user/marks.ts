import type { MarkChange } from './user-events.ts'

/** What a user has marked a conversation with. Nobody else is told. */
export interface Marks {
  /** Server time, milliseconds since the Unix epoch; `forever`: until it is taken back. */
  readonly mutedUntil?: number | 'forever'
  readonly pinned?: true
  /** The number of the newest message at that time. A later message takes the conversation out of the archive. */
  readonly archivedUpTo?: number
  readonly unread?: true
}

/** How many conversations of one user may have marks. All are in memory while the user's stream is in use. */
export const mostMarked = 2_000

export const isPinned = ({ pinned }: Marks): boolean => pinned === true

/** The marks after a change. A field that the change does not name stays. */
export const marksAfter = (before: Marks, change: MarkChange): Marks => {
  const { mutedUntil = before.mutedUntil, archivedUpTo = before.archivedUpTo } = change
  const { pinned = before.pinned, unread = before.unread } = change
  return {
    ...(mutedUntil != null && { mutedUntil }),
    ...(pinned === true && { pinned }),
    ...(archivedUpTo != null && { archivedUpTo }),
    ...(unread === true && { unread }),
  }
}

export const hasNone = (marks: Marks): boolean => Object.keys(marks).length === 0

/** Names a message among all that a user has starred. Ids hold no slash. */
export const starKey = (message: { readonly conversationId: string; readonly messageId: string }): string =>
  `${message.conversationId}/${message.messageId}`
