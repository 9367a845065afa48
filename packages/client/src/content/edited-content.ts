import type { Readable } from './readable-content.ts'

export interface EditedReadable extends Readable {
  /** For a poll that its author has closed: votes of later revisions do not count. */
  readonly closedAt?: number
}

/** A poll stays as it was asked, whatever an edit says, so that nobody's vote changes its meaning. It can be closed. */
const afterEdit = (first: Readable, edit: Readable, revision: number): EditedReadable => {
  const closes = edit.content?.type === 'poll_closed'
  if (first.content?.type === 'poll') return closes ? { ...first, closedAt: revision } : first
  return closes || edit.content?.type === 'poll' ? first : edit
}

/** The content of a message after its newest edit. */
export const readEdited = async (
  readAt: (revision: number) => Promise<Readable>,
  { revision, edited }: { readonly revision: number; readonly edited: { readonly revision: number } | null },
): Promise<EditedReadable> => {
  const first = await readAt(revision)
  return edited === null ? first : afterEdit(first, await readAt(edited.revision), edited.revision)
}
