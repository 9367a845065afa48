import { ProtocolError } from '@backscroll/protocol/errors'
import { isMediaId } from '../domain/media-id.ts'
import type { LimitBuckets } from '../edge/limits/limit-buckets.ts'
import { requireTake } from '../edge/limits/limit-buckets.ts'
import type { Limit } from '../edge/limits/limits.ts'
import type { MediaRecord, MediaRecords } from '../ports/media-records.ts'
import type { MediaStore } from '../ports/media-store.ts'
import { type MediaSettings, uploadLifeMs } from './media-settings.ts'
import { createProgress } from './progress.ts'
import { createRunningHashes, hashOf } from './running-hashes.ts'
import type { ChecksumCheck } from './tus/checksums.ts'

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

/** What each request that sends bytes counts for beside them, because it may make the store rewrite some MiB. */
const bytesPerRequest = 256 * 1024
/** The least that a file counts for: an empty one takes a record and a place in the store too. */
const minBytesPerFile = 64 * 1024

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
    requireTake(meter, bytesPerDay, userId, Math.max(size, minBytesPerFile))
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

  /** Counts bytes that were received and discarded, even if the user has fewer left today. */
  const countDiscarded = (userId: string, bytes: number): void => {
    const left = Math.floor(bytesPerDay.burst - meter.used(bytesPerDay, userId))
    meter.take(bytesPerDay, userId, Math.max(0, Math.min(bytes, left)))
  }

  /** With a `check`, either all bytes of the request are kept or none. */
  const append = async (
    record: MediaRecord,
    bytes: AsyncIterable<Uint8Array>,
    check?: ChecksumCheck,
  ): Promise<MediaRecord> => {
    const { id, size, received, userId } = record
    requireTake(meter, bytesPerDay, userId, bytesPerRequest)
    const hash = hashes.take(id, received)
    const progress = createProgress(records, record, check === undefined)
    let seen = received

    const passing = async function* (): AsyncIterable<Uint8Array> {
      for await (const chunk of bytes) {
        if (seen + chunk.length > size)
          throw new ProtocolError('too_large', 'The upload has more bytes than Upload-Length')
        seen += chunk.length
        hash?.update(chunk)
        check?.update(chunk)
        yield chunk
        onReceived?.(chunk.length)
      }
      check?.verify()
      await progress.trust()
    }

    try {
      await store.append(record, passing(), progress.note)
    } finally {
      const { received: noted } = progress.noted()
      if (hash !== undefined && noted === seen) hashes.put(id, seen, hash)
      if (check !== undefined) countDiscarded(userId, seen - noted)
    }
    return finishIfWhole({ ...record, ...progress.noted() })
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
      // A message may have named it since the record was read.
      if (record.namedAt !== null || !(await records.retireMedia(record.id, 0)))
        throw new ProtocolError('forbidden', 'A message names this file: delete the message')
      await store.remove(record)
      await records.forgetMedia(record.id)
    },
  }
}

export type Uploads = ReturnType<typeof createUploads>
