import { randomBytes } from 'node:crypto'
import type { LimitBuckets } from '../edge/limits/limit-buckets.ts'
import type { Limit } from '../edge/limits/limits.ts'
import type { ArchiveRecords } from '../ports/archive-records.ts'
import type { Leases } from '../ports/leases.ts'
import type { MediaRecords } from '../ports/media-records.ts'
import type { MediaStore } from '../ports/media-store.ts'
import { createArchives } from './archives.ts'
import { createMediaAccess, type MediaAccessDeps } from './media-access.ts'
import type { MediaSettings } from './media-settings.ts'
import { createTransfers } from './transfers.ts'
import { createTus } from './tus/create-tus.ts'
import { createUploadLocks } from './upload-locks.ts'
import { createUploads } from './uploads.ts'

export interface MediaDeps {
  readonly records: MediaRecords & ArchiveRecords
  readonly store: MediaStore
  readonly settings: MediaSettings
  readonly meter: LimitBuckets
  readonly bytesPerDay: Limit
  readonly isShort: () => boolean
  readonly readers: Pick<MediaAccessDeps, 'mayReadMedia' | 'mayReadMediaSoon'>
  /** Undefined in a deployment with one process. */
  readonly leases?: Leases | undefined
  /** The id of this process. */
  readonly holder: string
  readonly now: () => number
  readonly onReceived: (bytes: number) => void
  readonly onFinished: () => void
  readonly onLeaseTrouble: (error: unknown) => void
}

const newId = (): string => randomBytes(24).toString('base64url')

/** Uploaded files: uploads, downloads, and who may read and use a file. */
export const createMedia = (deps: MediaDeps) => {
  const { records, store, settings, readers, leases, holder, now, onLeaseTrouble } = deps
  const { link } = store
  const uploads = createUploads({ ...deps, newId })
  const locks = createUploadLocks({ leases, holder, onLeaseTrouble })
  return {
    uploads,
    tus: createTus({ uploads, locks, maxBytes: settings.maxBytes, newId }),
    transfers: createTransfers(settings),
    access: createMediaAccess({ records, ...readers, now }),
    archives: createArchives({ records, now }),
    read: store.read,
    /** A URL that reads a file from the store for some seconds. Undefined: files come through this server. */
    link: link === undefined ? undefined : (id: string) => link(id, settings.redirectSeconds),
    maxBytes: settings.maxBytes,
  }
}

export type Media = ReturnType<typeof createMedia>
