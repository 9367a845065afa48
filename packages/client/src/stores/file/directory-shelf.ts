import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileShelf } from '../file-shelf.ts'

const isMissing = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'

/** Ids are names of directories. */
const checked = (fileId: string): string => {
  if (!/^[\w-]{1,64}$/.test(fileId)) throw new RangeError('A file id has letters, digits, - and _ only')
  return fileId
}

/** Only its owner may read it. */
const writeDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A shelf in a directory: one directory for each file, one file for each piece. */
export const createDirectoryShelf = (directory: string): FileShelf => {
  const pathOf = (fileId: string) => join(directory, checked(fileId))
  const missingAs = async <Value, Other>(step: Promise<Value>, other: Other): Promise<Value | Other> => {
    try {
      return await step
    } catch (thrown) {
      if (isMissing(thrown)) return other
      throw thrown
    }
  }
  return {
    put: async (fileId, index, bytes) => {
      await mkdir(pathOf(fileId), { recursive: true, mode: 0o700 })
      await writeDurably(join(pathOf(fileId), String(index)), bytes)
    },
    get: (fileId, index) => missingAs(readFile(join(pathOf(fileId), String(index))), undefined),
    remove: (fileId) => rm(pathOf(fileId), { recursive: true, force: true }),
    list: () => missingAs(readdir(directory), []),
  }
}
