import type { Marks as MarksAnswer } from '@backscroll/protocol/rest/marks'
import type { Marks } from '../../domain/user/marks.ts'

/** A field is null or false where there is no such mark. */
export const marksAnswer = ({ mutedUntil, pinned, archivedUpTo, unread }: Marks): MarksAnswer => ({
  mutedUntil: mutedUntil ?? null,
  pinned: pinned === true,
  archivedUpTo: archivedUpTo ?? null,
  unread: unread === true,
})
