import { constants, type FileHandle, open, stat } from 'node:fs/promises'
import { BackscrollError } from '../../errors/backscroll-error.ts'
import { loadFileLocks } from './native-modules.ts'

/** Far beyond the end: where locks keep readers away, the content of the file can still be read. */
const lockedByte = 2 ** 40

const existing = constants.O_RDWR | constants.O_CREAT

const unlessMissing = (thrown: NodeJS.ErrnoException): undefined => {
  if (thrown.code !== 'ENOENT') throw thrown
}

const isAt = async (path: string, file: FileHandle): Promise<boolean> => {
  const [there, mine] = await Promise.all([stat(path).catch(unlessMissing), file.stat()])
  return there?.ino === mine.ino && there.dev === mine.dev
}

const openLocked = async (path: string): Promise<FileHandle> => {
  const { tryLock } = await loadFileLocks()
  const file = await open(path, existing, 0o600)
  try {
    if (!tryLock(file.fd, lockedByte, 1)) throw new BackscrollError('store_in_use')
    return file
  } catch (thrown) {
    await file.close()
    throw thrown
  }
}

/**
 * Opens a file for one process at a time, and within it for one opener. The system holds the lock and releases it
 * with the process, however that ends. Two clients over one store would use a key twice, so the second is refused
 * with `store_in_use`.
 */
export const openAlone = async (path: string): Promise<FileHandle> => {
  for (;;) {
    const file = await openLocked(path)
    const isMine = await isAt(path, file).catch(async (thrown) => {
      await file.close()
      throw thrown
    })
    if (isMine) return file
    // Its holder has meanwhile replaced the file, and locked the new one.
    await file.close()
  }
}
