import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { syncDirectory } from '../../../runtime/sync-directory.ts'

const closing = async <Result>(file: FileHandle, work: (file: FileHandle) => Promise<Result>): Promise<Result> => {
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

export const ensureDirectory = async (directory: string): Promise<void> => {
  makeDirectory(directory)
  await syncDirectory(dirname(directory))
}

/**
 * Stores the whole file under `path`, durably, or nothing: it is written as `draft` (on the same file system) and
 * renamed.
 */
export const writeDurably = async (path: string, draft: string, bytes: Uint8Array): Promise<void> => {
  try {
    await closing(await open(draft, 'wx'), async (file) => {
      await file.writeFile(bytes)
      await file.sync()
    })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}
