import { join } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../../../ports/operator-error.ts'

/**
 * Keeps a second process, or a second open in this one, off a data directory. It is an open exclusive transaction on an empty file,
 * so the operating system lets go of it with the process, however that ends.
 */
export const lockDirectory = (directory: string): { release(): void } => {
  const path = join(directory, 'events.lock')
  try {
    return lock(path)
  } catch (cause) {
    const { code, message } = cause as Error & { code?: string }
    const reason =
      code === 'SQLITE_BUSY'
        ? `Another Backscroll process is using the data directory ${directory}: stop it first, or choose another directory`
        : `Cannot lock ${path} (${message}): check the permissions of the data directory`
    throw new OperatorError(reason, { cause })
  }
}

const lock = (path: string): { release(): void } => {
  const file = new Database(path, { timeout: 0 })
  try {
    file.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    throw error
  }
  return { release: () => file.close() }
}
