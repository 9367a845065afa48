import { sha256 } from '@noble/hashes/sha2.js'
import type { Attachment } from '../content/attachment.ts'
import { createStreamKey, encryptStream } from '../crypto/stream-cipher.ts'
import { toBase64 } from '../encoding/base64.ts'
import { concat, toHex } from '../encoding/bytes.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { RawRest } from '../rest/rest-client.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'
import { sourceOf, wrongSize } from './file-source.ts'
import type { FileData, UploadOptions } from './file-types.ts'
import { createPieceSize } from './piece-size.ts'
import { sealedSize } from './sealed-size.ts'
import { createTusRequests, type TusRequests } from './tus-requests.ts'

export interface UploadDeps {
  readonly rest: RawRest
  readonly clock: Clock
  readonly random: () => number
}

/** How many requests in a row may have nothing accepted. */
const patience = 12

/** The upload has advanced, or another request is about to end. */
export const passing: ReadonlySet<string> = new Set(['upload_offset', 'upload_locked'])

/** Sends the bytes that begin at `from`, in as many requests as needed. Accepted bytes are not sent again. */
const sendPiece = async (deps: UploadDeps, tus: TusRequests, id: string, from: number, bytes: Uint8Array) => {
  const { clock, random } = deps
  let done = 0
  const accepted = async (): Promise<number> => {
    const at = (await tus.offsetOf(id)) - from
    if (at >= done && at <= bytes.length) return at
    throw new BackscrollError('internal', { message: 'The upload is somewhere else' })
  }
  for (let failures = 0; done < bytes.length; )
    try {
      if (failures > 0) {
        const at = await accepted()
        if (at > done) failures = 0
        done = at
      }
      if (done < bytes.length) await tus.send(id, from + done, bytes.subarray(done))
      done = bytes.length
    } catch (thrown) {
      const error = toBackscrollError(thrown)
      failures += 1
      if (failures > patience || !(error.temporary || passing.has(error.code))) throw error
      await sleep(clock, backoffMs(failures, random(), error.retryAfterMs))
    }
}

/** Joins encrypted chunks into pieces of the wanted size. */
async function* gathered(source: AsyncIterable<Uint8Array>, wanted: () => number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let length = 0
  for await (const bytes of source) {
    held.push(bytes)
    length += bytes.length
    if (length < wanted()) continue
    yield concat(...held)
    held = []
    length = 0
  }
  if (length > 0) yield concat(...held)
}

export const uploadFile = async (deps: UploadDeps, data: FileData, options: UploadOptions): Promise<Attachment> => {
  const { onProgress, ...facts } = options
  const { size, bytes, contentType = 'application/octet-stream', name } = sourceOf(data, facts)
  const [key, total, hash] = [createStreamKey(), sealedSize(size), sha256.create()]
  const tus = createTusRequests(deps.rest)
  const pieceSize = createPieceSize()
  const id = await tus.begin(total)
  let sent = 0
  try {
    for await (const piece of gathered(encryptStream(key, bytes), pieceSize.wanted)) {
      const startedAt = deps.clock.now()
      await sendPiece(deps, tus, id, sent, piece)
      pieceSize.took(deps.clock.now() - startedAt)
      hash.update(piece)
      sent += piece.length
      await onProgress?.(sent, total)
    }
    if (sent !== total) throw wrongSize()
  } catch (thrown) {
    await tus.discard(id)
    throw thrown
  }
  const named = name === undefined ? {} : { name }
  return { ...facts, ...named, mediaId: id, key: toBase64(key), hash: toHex(hash.digest()), size, contentType }
}
