import { sha256 } from '@noble/hashes/sha2.js'
import type { Attachment } from '../content/attachment.ts'
import { decryptStream } from '../crypto/stream-cipher.ts'
import { fromBase64 } from '../encoding/base64.ts'
import { toHex } from '../encoding/bytes.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import { backoffMs } from '../time/backoff.ts'
import { sleep } from '../time/clock.ts'
import { sealedSize } from './sealed-size.ts'
import type { UploadDeps } from './upload-file.ts'

/** Bytes in one request. A lost connection costs no more than this, and no more than this is in memory. */
const pieceBytes = 4 * 1024 * 1024

const patience = 8

/** A sender may name any key. */
const keyBytes = 32

/** The message may arrive before the server's views include it. */
const lateMs = 4_000

/** Yields at most `length` bytes, however many the server sends. */
const readExactly = async (response: Response, length: number): Promise<Uint8Array> => {
  const reader = response.body?.getReader()
  const bytes = new Uint8Array(length)
  let at = 0
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    if (at + next.value.length > length) {
      await reader?.cancel()
      throw new E2eeError('wrong_key', { bytes: length })
    }
    bytes.set(next.value, at)
    at += next.value.length
  }
  if (at < length) throw new E2eeError('wrong_key', { bytes: at })
  return bytes
}

const fetchPiece = async (deps: UploadDeps, id: string, from: number, length: number): Promise<Uint8Array> => {
  const { rest, clock, random } = deps
  const until = clock.now() + lateMs
  for (let failures = 1; ; failures += 1)
    try {
      const headers = { range: `bytes=${from}-${from + length - 1}` }
      const response = await rest.raw({
        method: 'GET',
        path: `/media/${encodeURIComponent(id)}`,
        headers,
        follow: true,
      })
      return await readExactly(response, length)
    } catch (thrown) {
      if (thrown instanceof E2eeError) throw thrown
      const error = toBackscrollError(thrown)
      const isLate = error.code === 'not_found' && from === 0 && clock.now() < until
      if (!isLate && (!error.temporary || failures > patience)) throw error
      await sleep(clock, isLate ? lateMs / 10 : backoffMs(failures, random(), error.retryAfterMs))
    }
}

/** Yields the encrypted bytes, and at the end compares their hash with the one in the message. */
async function* sealedBytes(deps: UploadDeps, { mediaId, size, hash }: Attachment): AsyncGenerator<Uint8Array> {
  const total = sealedSize(size)
  const seen = sha256.create()
  for (let at = 0; at < total; at += pieceBytes) {
    const piece = await fetchPiece(deps, mediaId, at, Math.min(pieceBytes, total - at))
    seen.update(piece)
    yield piece
  }
  if (toHex(seen.digest()) !== hash) throw new E2eeError('wrong_key', { mediaId })
}

export async function* openFile(deps: UploadDeps, attachment: Attachment): AsyncGenerator<Uint8Array, undefined> {
  const key = fromBase64(attachment.key)
  if (key.length !== keyBytes) throw new E2eeError('wrong_key', { bytes: key.length })
  yield* decryptStream(key, sealedBytes(deps, attachment))
}
