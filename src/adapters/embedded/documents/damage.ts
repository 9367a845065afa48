import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** SQLite finds most damage only when it comes to the page. A mark beside the file says so to the one who opens it next. */
export const markOf = (directory: string): string => join(directory, 'views.db-damaged')

export const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)

export const isMarked = (directory: string): boolean => existsSync(markOf(directory))

/** Passes on what `work` answers or throws; damage is marked, so that the file is begun anew when it is opened again. */
export const markingDamage = <Result>(directory: string, work: () => Result): Result => {
  try {
    return work()
  } catch (error) {
    if (isDamage(error)) writeFileSync(markOf(directory), '')
    throw error
  }
}
