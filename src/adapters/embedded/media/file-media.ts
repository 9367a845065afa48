import { constants, createReadStream } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMediaId } from '../../../domain/media-id.ts'
import { StorageFullError } from '../../../ports/errors/storage-full-error.ts'
import type { MediaStore, NoteProgress, StoredFile } from '../../../ports/media-store.ts'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { syncDirectory } from '../../../runtime/sync-directory.ts'

/** Bytes that are written before they are made durable and noted. A crash costs the sender no more than this. */
const syncEveryBytes = 8 * 1024 * 1024
const readBytes = 256 * 1024

const full = new Set(['ENOSPC', 'EDQUOT'])

const asStorageFull = (error: unknown): unknown =>
  full.has((error as NodeJS.ErrnoException).code ?? '')
    ? new StorageFullError('No space is left for files', { cause: error })
    : error

const writeAll = async (file: FileHandle, bytes: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

/** Writes from `received` on. Bytes beyond it come from a request whose end was not noted, and are overwritten. */
const appendTo = async (file: FileHandle, received: number, bytes: AsyncIterable<Uint8Array>, note: NoteProgress) => {
  let [written, noted] = [received, received]
  const settle = async (): Promise<void> => {
    if (written === noted) return
    await file.datasync()
    await note(written, null)
    noted = written
  }
  try {
    for await (const chunk of bytes) {
      await writeAll(file, chunk, written)
      written += chunk.length
      if (written - noted >= syncEveryBytes) await settle()
    }
  } finally {
    await settle()
  }
}

export const pathOfMedia = (dataDirectory: string, id: string): string => {
  if (!isMediaId(id)) throw new Error('not a valid file id')
  return join(dataDirectory, 'media', id.slice(0, 2), id)
}

/**
 * Uploaded files in `media/<2 characters>/<id>` below the data directory. Only one process may use them; the event
 * log in the same directory ensures that.
 */
export const openFileMedia = (dataDirectory: string): MediaStore => {
  const pathOf = (id: string): string => pathOfMedia(dataDirectory, id)

  const create = async (path: string): Promise<FileHandle> => {
    const folder = dirname(path)
    makeDirectory(folder)
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    for (const directory of [folder, dirname(folder), dataDirectory]) await syncDirectory(directory)
    return file
  }

  const write = async ({ id, received }: StoredFile, bytes: AsyncIterable<Uint8Array>, note: NoteProgress) => {
    const file = await (received === 0 ? create(pathOf(id)) : open(pathOf(id), 'r+'))
    try {
      await appendTo(file, received, bytes, note)
    } finally {
      await file.close()
    }
  }

  return {
    append: async (file, bytes, note) => {
      await write(file, bytes, note).catch((error: unknown) => {
        throw asStorageFull(error)
      })
    },
    finish: async ({ id, size }) => {
      const file = await (size === 0 ? create(pathOf(id)) : open(pathOf(id), 'r+'))
      try {
        await file.truncate(size)
        await file.datasync()
      } finally {
        await file.close()
      }
    },
    read: async function* (id, from, to) {
      if (from < to) yield* createReadStream(pathOf(id), { start: from, end: to - 1, highWaterMark: readBytes })
    },
    remove: ({ id }) => rm(pathOf(id), { force: true }),
  }
}
