import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Raised when the layout of the file changes. Another format is not migrated: the file is droppable. */
const format = 1

/** Why the file that was found could not be used and was begun anew. */
export type Replaced = 'other_format' | 'corrupt'

const pathOf = (directory: string): string => join(directory, 'views.db')

const tune = (database: Database.Database): void => {
  database.pragma('busy_timeout = 5000')
  database.pragma('cache_size = -32000')
  database.pragma('temp_store = MEMORY')
}

const remove = (path: string): void => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
}

/** Opens what is there; throws when it is no database or a damaged one. */
const openExisting = (path: string): { database: Database.Database; version: unknown } => {
  const database = new Database(path)
  try {
    tune(database)
    database.prepare('SELECT name FROM sqlite_schema').all()
    return { database, version: database.pragma('user_version', { simple: true }) }
  } catch (error) {
    database.close()
    throw error
  }
}

const create = (path: string): Database.Database => {
  const database = new Database(path)
  tune(database)
  database.pragma('page_size = 8192')
  database.pragma('journal_mode = WAL')
  database.exec('CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID')
  database.pragma(`user_version = ${format}`)
  return database
}

const isDamage = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)

const inspect = (path: string): { database?: Database.Database; replaced?: Replaced } => {
  try {
    const { database, version } = openExisting(path)
    if (version === format) return { database }
    database.close()
    // 0 is a file whose creation was cut off: nothing is lost by beginning anew.
    return version === 0 ? {} : { replaced: 'other_format' }
  } catch (error) {
    if (isDamage(error)) return { replaced: 'corrupt' }
    throw error
  }
}

/** The writer's connection. A file of another format, or a damaged one, is deleted: everything in it can be rebuilt. */
export const openForWriting = (directory: string): { database: Database.Database; replaced: Replaced | undefined } => {
  mkdirSync(directory, { recursive: true })
  const path = pathOf(directory)
  const { database, replaced } = existsSync(path) ? inspect(path) : {}
  if (database === undefined) remove(path)
  const opened = database ?? create(path)
  opened.pragma('synchronous = NORMAL')
  opened.pragma('wal_autocheckpoint = 2000')
  return { database: opened, replaced }
}

/** A connection beside the writer's, or undefined while there is no file that this version can read. */
export const openForReading = (directory: string): Database.Database | undefined => {
  const path = pathOf(directory)
  if (!existsSync(path)) return undefined
  try {
    const database = new Database(path, { readonly: true, fileMustExist: true })
    tune(database)
    if (database.pragma('user_version', { simple: true }) === format) return database
    database.close()
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
  }
  return undefined
}
