import { sha256 } from '@noble/hashes/sha2.js'
import type { Attachment } from '../content/message-content.ts'
import { createStreamKey, encryptStream } from '../crypto/stream-cipher.ts'
import { toBase64 } from '../encoding/base64.ts'
import { concat, toHex } from '../encoding/bytes.ts'
import { BackscrollError, toBackscrollError } from '../errors/backscroll-error.ts'
import type { RawRest } from '../rest/rest-client.ts'
import { backoffMs } from '../time/backoff.ts'
import { type Clock, sleep } from '../time/clock.ts'
import { sourceOf } from './file-source.ts'
import type { FileData, UploadOptions } from './file-types.ts'
import { sealedSize } from './sealed-size.ts'

export interface UploadDeps {
  readonly rest: RawRest
  readonly clock: Clock
  readonly random: () => number
}

const version = { 'tus-resumable': '1.0.0' }
const offsetType = 'application/offset+octet-stream'

/** Pieces grow while the connection is fast. Each one is a request, and in memory until it is accepted. */
const pieces = { least: 1024 * 1024, most: 8 * 1024 * 1024, fastMs: 2_000 }

/** How many requests in a row may have nothing accepted. */
const patience = 12

/** The upload has advanced, or another request is about to end. */
const passing: ReadonlySet<string> = new Set(['upload_offset', 'upload_locked'])

const pathOf = (id: string): string => `/media/uploads/${encodeURIComponent(id)}`

const begin = async ({ rest }: UploadDeps, size: number): Promise<string> => {
  const headers = { ...version, 'upload-length': String(size) }
  const answer = await rest.raw({ method: 'POST', path: '/media/uploads', headers })
  const id = (answer.headers.get('location') ?? '').split('/').at(-1) ?? ''
  if (id === '') throw new BackscrollError('internal', { message: 'The answer names no upload' })
  return id
}

/** Sends the bytes that begin at `from`, in as many requests as needed. Accepted bytes are not sent again. */
const sendPiece = async ({ rest, clock, random }: UploadDeps, id: string, from: number, bytes: Uint8Array) => {
  let done = 0
  const patch = () => {
    const headers = { ...version, 'content-type': offsetType, 'upload-offset': String(from + done) }
    return rest.raw({ method: 'PATCH', path: pathOf(id), headers, bytes: bytes.subarray(done) })
  }
  const accepted = async (): Promise<number> => {
    const { headers } = await rest.raw({ method: 'HEAD', path: pathOf(id), headers: version })
    const at = Number(headers.get('upload-offset')) - from
    if (Number.isInteger(at) && at >= done && at <= bytes.length) return at
    throw new BackscrollError('internal', { message: 'The upload is somewhere else' })
  }
  for (let failures = 0; done < bytes.length; )
    try {
      if (failures > 0) {
        const at = await accepted()
        if (at > done) failures = 0
        done = at
      }
      if (done < bytes.length) await patch()
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
  const id = await begin(deps, total)
  let sent = 0
  let wanted = pieces.least
  try {
    for await (const piece of gathered(encryptStream(key, bytes), () => wanted)) {
      const startedAt = deps.clock.now()
      await sendPiece(deps, id, sent, piece)
      if (deps.clock.now() - startedAt < pieces.fastMs) wanted = Math.min(pieces.most, wanted * 2)
      hash.update(piece)
      sent += piece.length
      await onProgress?.(sent, total)
    }
    if (sent !== total)
      throw new BackscrollError('invalid', { details: { field: 'size', reason: 'is not that of the bytes' } })
  } catch (thrown) {
    // If this request fails, the server removes the upload after a day.
    await deps.rest.raw({ method: 'DELETE', path: pathOf(id), headers: version }).catch(() => {})
    throw thrown
  }
  const named = name === undefined ? {} : { name }
  return { ...facts, ...named, mediaId: id, key: toBase64(key), hash: toHex(hash.digest()), size, contentType }
}
