import { createHash, randomUUID } from 'node:crypto'
import { opendir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isBlobHash } from '../../../domain/conversation/groups/blob-hash.ts'
import type { BlobStore } from '../../../ports/blob-store.ts'
import { StorageFullError } from '../../../ports/errors/storage-full-error.ts'
import { syncDirectory } from '../../../runtime/sync-directory.ts'
import { ensureDirectory, writeDurably } from './durable-file.ts'

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const unlessMissing = async <Result>(work: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await work
  } catch (error) {
    if (missing(error)) return undefined
    throw error
  }
}

const full = new Set(['ENOSPC', 'EDQUOT'])

const tellingFull = async (work: Promise<void>): Promise<void> => {
  try {
    await work
  } catch (error) {
    const isFull = full.has((error as NodeJS.ErrnoException).code ?? '')
    throw isFull ? new StorageFullError('No space is left for blobs', { cause: error }) : error
  }
}

/** One at a time for each key: a blob is not removed while it is put. */
const createTurns = () => {
  const last = new Map<string, Promise<unknown>>()
  return <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, turn)
    const done = () => void (last.get(key) === turn && last.delete(key))
    turn.then(done, done)
    return turn
  }
}

/**
 * Blobs as files, `blobs/<2 hex>/<hash>` below the data directory; drafts are in `blobs/drafts`, which each start
 * empties. A file's modification time says when it was last put. One process at a time; the event log beside it
 * ensures that.
 */
export const openFileBlobs = async (dataDirectory: string): Promise<BlobStore> => {
  const root = join(dataDirectory, 'blobs')
  const drafts = join(root, 'drafts')
  await rm(drafts, { recursive: true, force: true })
  await ensureDirectory(root)
  await ensureDirectory(drafts)
  const inTurn = createTurns()
  const folderOf = (hash: string): string => join(root, hash.slice(0, 2))
  const pathOf = (hash: string): string => join(folderOf(hash), hash)

  const folders = new Map<string, Promise<void>>()

  /** Once for each process: two blobs of a new folder both wait until it is durable. */
  const ensureFolder = (folder: string): Promise<void> => {
    const ready = folders.get(folder) ?? ensureDirectory(folder)
    folders.set(folder, ready)
    ready.catch(() => folders.delete(folder))
    return ready
  }

  const touch = async (path: string, size: number): Promise<boolean> => {
    const found = await unlessMissing(stat(path))
    if (found?.size !== size) return false
    await utimes(path, new Date(), new Date())
    // A process that was killed before this step may have written it.
    await syncDirectory(dirname(path))
    return true
  }

  const store = async (hash: string, bytes: Uint8Array): Promise<void> => {
    await ensureFolder(folderOf(hash))
    if (await touch(pathOf(hash), bytes.length)) return
    await tellingFull(writeDurably(pathOf(hash), join(drafts, randomUUID()), bytes))
  }

  const isOlder = async (hash: string, before: number): Promise<boolean> => {
    const found = await unlessMissing(stat(pathOf(hash)))
    return found !== undefined && found.mtimeMs < before
  }

  return {
    put: async (bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      await inTurn(hash, () => store(hash, bytes))
      return { hash, size: bytes.length }
    },
    get: async (hash) => (isBlobHash(hash) ? unlessMissing(readFile(pathOf(hash))) : undefined),
    olderThan: async function* (before) {
      for await (const folder of await opendir(root)) {
        if (!/^[0-9a-f]{2}$/.test(folder.name)) continue
        for await (const { name } of await opendir(join(root, folder.name))) {
          if (isBlobHash(name) && (await isOlder(name, before))) yield name
        }
      }
    },
    remove: (hash, before) =>
      inTurn(hash, async () => {
        if (!isBlobHash(hash) || !(await isOlder(hash, before))) return false
        await rm(pathOf(hash), { force: true })
        return true
      }),
  }
}
