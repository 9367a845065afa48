import { statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Tables } from '../tables.ts'

type Checkpoint = Tables['checkpoints']

/**
 * Reads `accounts.db` of a data directory, even while another process has it open. Throws where there is none, or
 * it cannot be read.
 */
const reading = <Result>(directory: string, read: (file: Sqlite.Database) => Result): Result => {
  const file = new Sqlite(join(directory, 'accounts.db'), { readonly: true, fileMustExist: true })
  try {
    return read(file)
  } finally {
    file.close()
  }
}

const orElse = <Result>(read: () => Result, otherwise: Result): Result => {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** None where there is no such file or it cannot be read. */
export const readCheckpoints = (directory: string): readonly Checkpoint[] =>
  orElse(
    () =>
      reading(directory, (file) => file.prepare<[], Checkpoint>('SELECT name, epoch, position FROM checkpoints').all()),
    [],
  )

/** None where there is no such file, or one from before parked streams were stored. */
export const countParkedReactions = (directory: string): number =>
  orElse(
    () =>
      reading(directory, (file) =>
        Number(file.prepare<[], number>('SELECT count(*) FROM parked_reactions').pluck().get()),
      ),
    0,
  )

/** Uploaded files that are complete. None where there is no such file, or one from before files were stored. */
export const completeFiles = (directory: string): readonly { readonly id: string; readonly size: number }[] =>
  orElse(
    () =>
      reading(directory, (file) =>
        file
          .prepare<[], { id: string; size: number }>(
            'SELECT id, size FROM media WHERE hash IS NOT NULL AND retired = 0',
          )
          .all(),
      ),
    [],
  )

/**
 * The process that last had the file open was killed, or lost power: otherwise the last one to close it removes the
 * write-ahead log.
 */
export const wereAccountsLeft = (directory: string): boolean =>
  (statSync(join(directory, 'accounts.db-wal'), { throwIfNoEntry: false })?.size ?? 0) > 0

/** What SQLite finds wrong with `accounts.db`; undefined when it is intact. */
export const accountsTrouble = (directory: string): string | undefined => {
  try {
    const answer = reading(directory, (file) => String(file.pragma('quick_check(1)', { simple: true })))
    return answer === 'ok' ? undefined : answer
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
