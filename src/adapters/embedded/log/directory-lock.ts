import { join } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../../../ports/operator-error.ts'

/**
 * Keeps a second process, or a second open in this one, off a data directory. It is an open exclusive transaction on a small file,
 * so the operating system lets go of it with the process, however that ends.
 */
export const lockDirectory = (directory: string): { release(): void } => {
  const file = openLock(join(directory, 'events.lock'))
  try {
    file.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    file.close()
    throw new OperatorError(
      `Another Backscroll process is using the data directory ${directory}: stop it first, or choose another directory`,
      { cause },
    )
  }
  return { release: () => file.close() }
}

const openLock = (path: string): Database.Database => {
  try {
    return new Database(path, { timeout: 0 })
  } catch (cause) {
    throw new OperatorError(`Cannot open ${path}: check the permissions of the data directory`, { cause })
  }
}
