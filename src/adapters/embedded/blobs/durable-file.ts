import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

const closing = async <Result>(file: FileHandle, work: (file: FileHandle) => Promise<Result>): Promise<Result> => {
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

/** Only after this does a new name in a directory survive the loss of power. */
export const syncDirectory = async (directory: string): Promise<void> =>
  closing(await open(directory, 'r'), (it) => it.sync())

export const ensureDirectory = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true })
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
