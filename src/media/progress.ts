import { ProtocolError } from '@backscroll/protocol/errors'
import type { MediaRecord, MediaRecords } from '../ports/media-records.ts'
import type { NoteProgress } from '../ports/media-store.ts'

type Noted = Pick<MediaRecord, 'received' | 'parts'>

/**
 * Records how far a file has come. Until the bytes of a request are trusted, progress is only remembered: if they
 * turn out to be wrong, the next request writes over them.
 */
export const createProgress = (
  records: Pick<MediaRecords, 'advanceMedia'>,
  { id, received, parts }: Noted & Pick<MediaRecord, 'id'>,
  startsTrusted: boolean,
) => {
  let noted: Noted = { received, parts }
  let waiting: Noted | undefined
  let isTrusted = startsTrusted

  const advance = async (to: Noted): Promise<void> => {
    if (!(await records.advanceMedia(id, noted.received, to.received, to.parts)))
      throw new ProtocolError('upload_offset')
    noted = to
  }
  const note: NoteProgress = async (to, changed) => {
    const next = { received: to, parts: changed }
    // A note without new bytes tells the store's own state, which must not be lost.
    if (isTrusted || to === noted.received) await advance(next)
    else waiting = next
  }

  return {
    note,
    /** The bytes of the request are right. */
    trust: async (): Promise<void> => {
      isTrusted = true
      if (waiting !== undefined) await advance(waiting)
      waiting = undefined
    },
    noted: (): Noted => noted,
  }
}
