import { sha256 } from '@noble/hashes/sha2.js'
import { createStreamKey, encryptStream, recut } from '../crypto/stream-cipher.ts'
import { toBase64 } from '../encoding/base64.ts'
import { concat, toHex } from '../encoding/bytes.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { FileShelf } from '../stores/file-shelf.ts'
import { type FileSource, wrongSize } from './file-source.ts'
import { sealedSize } from './sealed-size.ts'

/** Bytes of a piece on the shelf; the last one of a file is shorter. */
export const keptPieceBytes = 1024 * 1024

/** A sealed copy of a file on the shelf. */
export interface KeptFile {
  readonly fileId: string
  /** Bytes of the encrypted file. */
  readonly sealedBytes: number
}

/** Names of the errors of browsers, and codes of those of Node. */
const isOfSpace = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (thrown.name === 'QuotaExceededError' || ('code' in thrown && ['ENOSPC', 'EDQUOT'].includes(String(thrown.code))))

async function* readable(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (thrown) {
    throw new BackscrollError('file_unreadable', { cause: thrown })
  }
}

/**
 * Seals a file under a new key, and puts it on the shelf piece by piece. `isWanted` is asked before each piece: a
 * file that nobody wants any more rejects with `withdrawn`. The shelf may have some of its pieces after a rejection.
 */
export const sealToShelf = async (shelf: FileShelf, fileId: string, source: FileSource, isWanted: () => boolean) => {
  const [key, hash] = [createStreamKey(), sha256.create()]
  const sealedBytes = sealedSize(source.size)
  let sealed = 0
  let index = 0
  for await (const { piece } of recut(encryptStream(key, readable(source.bytes)), keptPieceBytes)) {
    if (!isWanted()) throw new BackscrollError('withdrawn')
    sealed += piece.length
    if (sealed > sealedBytes) throw wrongSize()
    hash.update(piece)
    await shelf.put(fileId, index, piece).catch((thrown) => {
      throw isOfSpace(thrown) ? new BackscrollError('device_full', { cause: thrown }) : thrown
    })
    index += 1
  }
  if (sealed !== sealedBytes) throw wrongSize()
  return { key: toBase64(key), hash: toHex(hash.digest()), sealedBytes }
}

const lengthOf = ({ sealedBytes }: KeptFile, index: number): number =>
  Math.min(keptPieceBytes, sealedBytes - index * keptPieceBytes)

const pieceOf = async (shelf: FileShelf, file: KeptFile, index: number): Promise<Uint8Array> => {
  const piece = await shelf.get(file.fileId, index)
  if (piece?.length === lengthOf(file, index)) return piece
  throw new BackscrollError('file_unreadable', { message: 'This device has lost its copy of a file' })
}

/** Bytes of a kept file. Rejects with `file_unreadable` if they are not there. */
export const keptBytes = async (
  shelf: FileShelf,
  file: KeptFile,
  from: number,
  length: number,
): Promise<Uint8Array> => {
  const first = Math.floor(from / keptPieceBytes)
  const last = Math.floor((from + length - 1) / keptPieceBytes)
  const pieces: Uint8Array[] = []
  for (let index = first; index <= last; index += 1) pieces.push(await pieceOf(shelf, file, index))
  const start = from - first * keptPieceBytes
  return concat(...pieces).subarray(start, start + length)
}
