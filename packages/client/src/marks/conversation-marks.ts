import type { MarkChange, Marks } from '@backscroll/protocol/rest/marks'

export const noMarks: Marks = { mutedUntil: null, pinned: false, archivedUpTo: null, unread: false }

/** The marks after a change. A field that the change does not name stays. */
export const marksAfter = (before: Marks, change: MarkChange): Marks => ({
  mutedUntil: change.mutedUntil === undefined ? before.mutedUntil : change.mutedUntil,
  pinned: change.pinned ?? before.pinned,
  archivedUpTo: change.archivedUpTo === undefined ? before.archivedUpTo : change.archivedUpTo,
  unread: change.unread ?? before.unread,
})

/** `now`: server time, milliseconds since the Unix epoch. */
export const isMuted = ({ mutedUntil }: Marks, now: number): boolean =>
  mutedUntil !== null && (mutedUntil === 'forever' || mutedUntil > now)

/** A message later than the archiving brings the conversation back, unless it is muted. */
export const isArchived = (marks: Marks, lastSeq: number, now: number): boolean =>
  marks.archivedUpTo !== null && (lastSeq <= marks.archivedUpTo || isMuted(marks, now))
