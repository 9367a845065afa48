import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { tryLock } from 'fs-native-extensions'
import { OperatorError } from '../../../ports/errors/operator-error.ts'

interface Lock {
  release(): void
}

/** SQLite's own locks are at much lower offsets. */
const lockedByte = 2 ** 40

const inUse = (directory: string): OperatorError =>
  new OperatorError(
    `Another Backscroll process is using the data directory ${directory}: stop it first, or choose another directory`,
  )

/**
 * Keeps a second process, or a second open in this one, out of a data directory. The operating system holds both
 * locks and releases them with the process, however that ends. `events.lock` comes first, because a process that
 * opens and closes `events.db` beside this process's SQLite takes SQLite's locks away; the byte of `events.db`
 * counts when somebody has deleted `events.lock`.
 */
export const lockDirectory = (directory: string): Lock => {
  const guard = lockGuard(directory)
  try {
    const log = lockLog(directory)
    return {
      release: () => {
        log.release()
        guard.release()
      },
    }
  } catch (error) {
    guard.release()
    throw error
  }
}

/** Undefined from `take`: another process has it. */
const held = (path: string, directory: string, take: () => Lock | undefined): Lock => {
  try {
    const lock = take()
    if (lock !== undefined) return lock
  } catch (cause) {
    const { code, message } = cause as Error & { code?: string }
    if (code !== 'SQLITE_BUSY')
      throw new OperatorError(`Cannot lock ${path} (${message}): check the permissions of the data directory`, {
        cause,
      })
  }
  throw inUse(directory)
}

/** An open exclusive transaction on an empty file. */
const lockGuard = (directory: string): Lock => {
  const path = join(directory, 'events.lock')
  return held(path, directory, () => {
    const file = new Database(path, { timeout: 0 })
    try {
      file.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      file.close()
      throw error
    }
    return { release: () => file.close() }
  })
}

const lockLog = (directory: string): Lock => {
  const path = join(directory, 'events.db')
  return held(path, directory, () => {
    const file = openSync(path, 'a', 0o644)
    if (tryLock(file, lockedByte, 1)) return { release: () => closeSync(file) }
    closeSync(file)
    return undefined
  })
}
