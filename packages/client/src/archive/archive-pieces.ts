import { limits } from '@backscroll/protocol/limits'
import { deriveAesKey, open, seal } from '../crypto/aes.ts'
import { type Bytes, utf8 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import { decodePiece, encodePiece, type OpenedPiece } from './archive-records.ts'

/** Where a piece belongs. It opens nowhere else. */
export interface PiecePlace {
  readonly userId: string
  readonly archiveId: string
  /** From 0. */
  readonly piece: number
}

const info = 'backscroll archive piece v1'

/** An archive has one key, 32 random bytes. */
const keyOf = (key: Uint8Array, { archiveId }: PiecePlace): Promise<CryptoKey> =>
  deriveAesKey(key, utf8(archiveId), info)

const aadOf = ({ userId, archiveId, piece }: PiecePlace): Bytes => utf8(`${info}\0${userId}\0${archiveId}\0${piece}`)

export const sealPiece = async (
  key: Uint8Array,
  place: PiecePlace,
  lines: readonly string[],
  last: boolean,
): Promise<Bytes> => seal(await keyOf(key, place), encodePiece(lines, last), aadOf(place))

/** Throws `bad_archive`: a piece of another archive, in another place, or changed. */
export const openPiece = async (key: Uint8Array, place: PiecePlace, sealed: Uint8Array): Promise<OpenedPiece> => {
  const { piece } = place
  if (sealed.length > limits.archive.pieceBytes) throw new E2eeError('bad_archive', { reason: 'size', piece })
  const bytes = await open(await keyOf(key, place), sealed, aadOf(place)).catch((thrown) => {
    throw new E2eeError('bad_archive', { reason: 'piece', piece }, thrown)
  })
  return decodePiece(bytes)
}
