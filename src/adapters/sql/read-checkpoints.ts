import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Tables } from './tables.ts'

type Checkpoint = Tables['checkpoints']

/** The checkpoints in `accounts.db` of a data directory, read beside whoever has it open; none where there is no such file or it cannot be read. */
export const readCheckpoints = (directory: string): readonly Checkpoint[] => {
  try {
    const file = new Sqlite(join(directory, 'accounts.db'), { readonly: true, fileMustExist: true })
    try {
      return file.prepare<[], Checkpoint>('SELECT name, epoch, position FROM checkpoints').all()
    } finally {
      file.close()
    }
  } catch {
    return []
  }
}

/** What SQLite says about `accounts.db`; undefined when it is whole, or not there yet. */
export const accountsTrouble = (directory: string): string | undefined => {
  const path = join(directory, 'accounts.db')
  try {
    const file = new Sqlite(path, { readonly: true, fileMustExist: true })
    try {
      const answer = String(file.pragma('quick_check(1)', { simple: true }))
      return answer === 'ok' ? undefined : answer
    } finally {
      file.close()
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
