import { BackscrollError } from '../errors/backscroll-error.ts'
import type { FileShelf } from '../stores/file-shelf.ts'
import type { Clock } from '../time/clock.ts'
import { type KeptFile, keptBytes } from './kept-file.ts'
import { createPieceSize } from './piece-size.ts'
import type { TusRequests } from './tus-requests.ts'

export interface UploadKeptDeps {
  readonly tus: TusRequests
  readonly shelf: FileShelf
  readonly clock: Clock
}

/** Follows an upload, and may end it. */
export interface UploadTurn {
  readonly isOver: () => boolean
  /** A signal for one request: it ends with the turn. */
  readonly signal: () => AbortSignal
  /** This many bytes have arrived. */
  readonly onSent: (bytes: number) => void
}

/** Sends what the server lacks of a file. Resolves when the server has all of it, or when the turn is over. */
export const uploadKept = async (deps: UploadKeptDeps, file: KeptFile, uploadId: string, turn: UploadTurn) => {
  const { tus, shelf, clock } = deps
  const pieceSize = createPieceSize()
  let sent = await tus.offsetOf(uploadId, turn.signal())
  if (sent > file.sealedBytes) throw new BackscrollError('internal', { message: 'The upload is another file' })
  turn.onSent(sent)
  while (sent < file.sealedBytes && !turn.isOver()) {
    const bytes = await keptBytes(shelf, file, sent, Math.min(pieceSize.wanted(), file.sealedBytes - sent))
    const startedAt = clock.now()
    await tus.send(uploadId, sent, bytes, turn.signal())
    pieceSize.took(clock.now() - startedAt)
    sent += bytes.length
    turn.onSent(sent)
  }
}
