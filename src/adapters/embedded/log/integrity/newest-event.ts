import Database from 'better-sqlite3'
import { logFile } from '../schema.ts'

/** When the last event of a log happened, in milliseconds since the Unix epoch; undefined where none can be read. */
export const newestEventAt = (directory: string): number | undefined => {
  try {
    const db = new Database(logFile(directory), { readonly: true, fileMustExist: true })
    try {
      return db.prepare<[], number>('SELECT at FROM events ORDER BY position DESC LIMIT 1').pluck().get()
    } finally {
      db.close()
    }
  } catch {
    return undefined
  }
}
