import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { tryLock } from 'fs-native-extensions'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { codeOf, fileTrouble } from '../../../runtime/file-trouble.ts'

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
    if (codeOf(cause) !== 'SQLITE_BUSY') throw new OperatorError(`${path} ${lockTrouble(cause)}`, { cause })
  }
  throw inUse(directory)
}

/** SQLite's words for locks that the file system does not have, or refuses. */
const noLocks = new Set(['SQLITE_IOERR_LOCK', 'SQLITE_IOERR_RDLOCK', 'SQLITE_PROTOCOL', 'SQLITE_NOLFS'])

/** Why a file cannot be locked, to follow its path. */
export const lockTrouble = (cause: unknown): string => {
  if (noLocks.has(codeOf(cause))) return 'is on a file system without locks, as network drives may be: use a local disk'
  const message = cause instanceof Error ? cause.message : String(cause)
  return fileTrouble(cause) ?? `cannot be locked (${message}): check the permissions of the data directory`
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
    // Windows locks only what may be read as well.
    const file = openSync(path, 'a+', 0o644)
    if (tryLock(file, lockedByte, 1)) return { release: () => closeSync(file) }
    closeSync(file)
    return undefined
  })
}
