import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { openFileBlobs } from '../../adapters/embedded/blobs/file-blobs.ts'
import { openEmbeddedLog } from '../../adapters/embedded/log/embedded-log.ts'
import { openFileMedia } from '../../adapters/embedded/media/file-media.ts'
import { openAccountsFileTables } from '../../adapters/sql/database/open-sqlite.ts'
import type { Tables } from '../../adapters/sql/tables.ts'
import type { BlobStore } from '../../ports/blob-store.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { EventReader } from '../../ports/event-log.ts'
import type { MediaStore } from '../../ports/media-store.ts'

export interface Source {
  readonly directory: string
  readonly log: EventReader
  readonly accounts: Kysely<Tables>
  readonly blobs: BlobStore
  readonly media: MediaStore
  close(): Promise<void>
}

/**
 * A data directory of the embedded profile, exclusively until it is closed. Rejects with an `OperatorError` while a
 * server holds it.
 */
export const openSource = async (directory: string): Promise<Source> => {
  if (!existsSync(join(directory, 'events.db')))
    throw new OperatorError(`BACKSCROLL_DATA: there is no event log in ${directory} that could be moved`)
  const log = await openEmbeddedLog({ directory })
  try {
    const accounts = await openAccountsFileTables({ directory })
    const blobs = await openFileBlobs(directory)
    const close = async (): Promise<void> => {
      await accounts.destroy()
      await log.close()
    }
    return { directory, log, accounts, blobs, media: openFileMedia(directory), close }
  } catch (error) {
    await log.close()
    throw error
  }
}
