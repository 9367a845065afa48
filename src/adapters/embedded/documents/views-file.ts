import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { isDamage, isMarked, markOf } from './damage.ts'

/**
 * Raised when the layout of the file changes. Another format is not migrated, because the file is droppable. 2:
 * documents have checksums.
 */
const format = 2

/** Why the existing file could not be used and was begun anew. */
export type Replaced = 'other_format' | 'corrupt'

export const pathOf = (directory: string): string => join(directory, 'views.db')

const tune = (database: Database.Database): void => {
  database.pragma('busy_timeout = 5000')
  database.pragma('cache_size = -32000')
  database.pragma('temp_store = MEMORY')
}

const remove = (directory: string): void => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${pathOf(directory)}${suffix}`, { force: true })
  rmSync(markOf(directory), { force: true })
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

/** The process that last had it open was killed, or lost power: otherwise the write-ahead log would be empty. */
const wasLeft = (path: string): boolean => (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0

const isSound = (database: Database.Database): boolean => database.pragma('quick_check(1)', { simple: true }) === 'ok'

/**
 * Opens the existing file and checks what every use depends on, and all of it when it was not closed properly;
 * throws when it is not a database.
 */
const openExisting = (path: string): Database.Database | undefined => {
  const isToBeChecked = wasLeft(path)
  const database = new Database(path)
  try {
    tune(database)
    if (isToBeChecked && !isSound(database)) {
      database.close()
      return undefined
    }
    database.prepare('SELECT name FROM sqlite_schema').all()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const inspect = (path: string): { readonly database?: Database.Database; readonly replaced?: Replaced } => {
  try {
    const database = openExisting(path)
    if (database === undefined) return { replaced: 'corrupt' }
    const version = database.pragma('user_version', { simple: true })
    if (version === format) return { database }
    database.close()
    // 0 is a file whose creation was cut off: beginning anew loses nothing.
    return version === 0 ? {} : { replaced: 'other_format' }
  } catch (error) {
    if (isDamage(error)) return { replaced: 'corrupt' }
    throw error
  }
}

const existing = (directory: string): ReturnType<typeof inspect> => {
  if (isMarked(directory)) return { replaced: 'corrupt' }
  return existsSync(pathOf(directory)) ? inspect(pathOf(directory)) : {}
}

/** The writer's connection. A file of another format, or a damaged one, is deleted: everything in it can be rebuilt. */
export const openForWriting = (directory: string): { database: Database.Database; replaced: Replaced | undefined } => {
  makeDirectory(directory)
  const { database, replaced } = existing(directory)
  if (database === undefined) remove(directory)
  const opened = database ?? create(pathOf(directory))
  opened.pragma('synchronous = NORMAL')
  // 8 MiB: a larger one is copied in one go, and its fsync holds up the log's on the same disk.
  opened.pragma('wal_autocheckpoint = 2000')
  return { database: opened, replaced }
}

export interface ReadingFile {
  readonly database: Database.Database
  /** Tells a file from the one that replaces it. */
  readonly inode: number
}

const inodeOf = (directory: string): number | undefined => statSync(pathOf(directory), { throwIfNoEntry: false })?.ino

export const isReplaced = (directory: string, { inode }: ReadingFile): boolean => inodeOf(directory) !== inode

/** A connection beside the writer's, or undefined while there is no file that this version can read. */
export const openForReading = (directory: string): ReadingFile | undefined => {
  const inode = inodeOf(directory)
  if (inode === undefined || isMarked(directory)) return undefined
  try {
    const database = new Database(pathOf(directory), { readonly: true, fileMustExist: true })
    tune(database)
    if (database.pragma('user_version', { simple: true }) === format) return { database, inode }
    database.close()
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error
  }
  return undefined
}
