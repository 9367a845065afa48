import { ProtocolError } from '@backscroll/protocol/errors'
import { isMediaId } from '../domain/media-id.ts'
import type { LimitBuckets } from '../edge/limits/limit-buckets.ts'
import { requireTake } from '../edge/limits/limit-buckets.ts'
import type { Limit } from '../edge/limits/limits.ts'
import type { MediaRecord, MediaRecords } from '../ports/media-records.ts'
import type { MediaStore } from '../ports/media-store.ts'
import { type MediaSettings, uploadLifeMs } from './media-settings.ts'
import { createRunningHashes, hashOf } from './running-hashes.ts'

export interface UploadsDeps {
  readonly records: MediaRecords
  readonly store: MediaStore
  readonly settings: MediaSettings
  readonly meter: LimitBuckets
  /** Bytes that one user may send in a day. */
  readonly bytesPerDay: Limit
  /** Whether storage space is running out. */
  readonly isShort: () => boolean
  /** Returns a new id that is unique and cannot be guessed. */
  readonly newId: () => string
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly onReceived?: (bytes: number) => void
  readonly onFinished?: () => void
}

/** The least number of bytes that a request counts for, because each one may make the store rewrite some MiB. */
const minBytesPerRequest = 256 * 1024

const refusals = {
  full: (most: number) => new ProtocolError('media_full', undefined, { details: { most } }),
  too_many: (most: number) => new ProtocolError('upload_limit', undefined, { details: { most }, retryAfterMs: 60_000 }),
}

/**
 * Users' uploads. The caller ensures that only one request at a time writes to an upload. Rejects with
 * `ProtocolError`.
 */
export const createUploads = (deps: UploadsDeps) => {
  const { records, store, settings, meter, bytesPerDay, isShort, newId, now, onReceived, onFinished } = deps
  const hashes = createRunningHashes()

  /** Completes a file whose bytes have all arrived. May be repeated. */
  const finish = async (record: MediaRecord): Promise<MediaRecord> => {
    const { id, size } = record
    await store.finish(record)
    const hash = hashes.whole(id, size) ?? (await hashOf(store.read(id, 0, size)))
    await records.finishMedia(id, hash)
    onFinished?.()
    return { ...record, hash }
  }

  const finishIfWhole = (record: MediaRecord): MediaRecord | Promise<MediaRecord> =>
    record.hash === null && record.received === record.size ? finish(record) : record

  const refuse = (userId: string, size: number): void => {
    if (size > settings.maxBytes)
      throw new ProtocolError('too_large', undefined, { details: { most: settings.maxBytes } })
    if (isShort()) throw new ProtocolError('storage_full')
    requireTake(meter, bytesPerDay, userId, size)
  }

  const begin = async (userId: string, size: number, id = newId()): Promise<MediaRecord> => {
    refuse(userId, size)
    const record = { id, userId, size, received: 0, parts: null, hash: null, createdAt: now(), namedAt: null }
    const { bytesOfUser: bytes, uploadsOfUser: uploads } = settings
    const begun = await records.beginMedia(record, { bytes, uploads })
    if (begun !== 'begun') throw refusals[begun](begun === 'full' ? bytes : uploads)
    return finishIfWhole(record)
  }

  /** Rejects with `not_found`, also for an upload that took too long. */
  const find = async (id: string): Promise<MediaRecord> => {
    const record = isMediaId(id) ? await records.media(id) : undefined
    const isOver = record?.hash === null && record.createdAt + uploadLifeMs < now()
    if (record === undefined || isOver) throw new ProtocolError('not_found')
    return record
  }

  const append = async (record: MediaRecord, bytes: AsyncIterable<Uint8Array>): Promise<MediaRecord> => {
    const { id, size, received, userId } = record
    if (received > 0) requireTake(meter, bytesPerDay, userId, minBytesPerRequest)
    const hash = hashes.take(id, received)
    let [noted, seen] = [{ received, parts: record.parts }, received]

    const passing = async function* (): AsyncIterable<Uint8Array> {
      for await (const chunk of bytes) {
        if (seen + chunk.length > size)
          throw new ProtocolError('too_large', 'The upload has more bytes than Upload-Length')
        seen += chunk.length
        hash?.update(chunk)
        yield chunk
        onReceived?.(chunk.length)
      }
    }
    const note = async (to: number, parts: string | null): Promise<void> => {
      if (!(await records.advanceMedia(id, noted.received, to, parts))) throw new ProtocolError('upload_offset')
      noted = { received: to, parts }
    }

    try {
      await store.append(record, passing(), note)
    } finally {
      if (hash !== undefined && noted.received === seen) hashes.put(id, seen, hash)
    }
    return finishIfWhole({ ...record, ...noted })
  }

  return {
    begin,
    find,
    /** Rejects with `not_found` unless the user owns the upload. */
    requireOwn: async (userId: string, id: string): Promise<void> => {
      if ((await find(id)).userId !== userId) throw new ProtocolError('not_found')
    },
    append,
    finishIfWhole,
    /** Ends an upload, or removes a file that was never named by a message. */
    discard: async (record: MediaRecord): Promise<void> => {
      if (record.namedAt !== null) throw new ProtocolError('forbidden', 'A message names this file: delete the message')
      await records.retireMedia(record.id, 0)
      await store.remove(record)
      await records.forgetMedia(record.id)
    },
  }
}

export type Uploads = ReturnType<typeof createUploads>
