import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../../../ports/operator-error.ts'

/**
 * Raised when a version that does not know the change must not open the file any more, or this one none from before it. 2: every message is ciphertext
 * of its conversation's encryption group; in format 1 there are conversations without one, which nobody can turn into such.
 */
const FORMAT = 2

/** `position` is the rowid, so the unique index on (stream, revision) holds it too: finding a position needs no table page. */
const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    target INTEGER,
    data TEXT NOT NULL,
    body TEXT
  );
  CREATE UNIQUE INDEX events_by_revision ON events (stream, revision);
  CREATE INDEX events_by_target ON events (stream, target) WHERE target IS NOT NULL;
  CREATE TABLE snapshots (stream TEXT PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL);
`

const logFile = (directory: string): string => join(directory, 'events.db')

export const ensureDirectory = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (cause) {
    throw new OperatorError(`Cannot create the data directory ${directory}: check its path and permissions`, { cause })
  }
}

export interface LogMeta {
  readonly epoch: string
  /** Position of the last event, 0 if there is none. */
  readonly head: number
}

const create = (db: Database.Database): void => {
  db.exec(SCHEMA)
  db.prepare(`INSERT INTO meta VALUES ('epoch', ?)`).run(randomUUID())
  db.pragma(`user_version = ${FORMAT}`)
}

const checkFormat = (db: Database.Database, path: string): void => {
  const format = Number(db.pragma('user_version', { simple: true }))
  if (format > FORMAT)
    throw new OperatorError(
      `${path} was written by a newer version of Backscroll (format ${format}, this version knows ${FORMAT}): start that version, or choose another data directory`,
    )
  if (format === 1)
    throw new OperatorError(
      `${path} was written by a version of Backscroll that also took messages in plaintext (format 1, this version takes ${FORMAT} alone) and cannot be converted: start that version, or choose another data directory`,
    )
  if (format === 0) db.transaction(create).immediate(db)
}

/** Positions start at 1 and have no holes in this adapter. */
export const headOf = (db: Database.Database): number =>
  db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck().get() ?? 0

export const epochOf = (db: Database.Database): string => {
  const epoch = db.prepare<[], string>(`SELECT value FROM meta WHERE key = 'epoch'`).pluck().get()
  if (epoch === undefined) throw new Error('The log has no epoch')
  return epoch
}

/** Creates the file if it is new, in one transaction; refuses one of another format and anything that is not an event log. */
export const prepareFile = (directory: string): LogMeta => {
  const path = logFile(directory)
  try {
    return prepare(path)
  } catch (cause) {
    throw cause instanceof OperatorError ? cause : unusable(path, cause)
  }
}

const prepare = (path: string): LogMeta => {
  const db = new Database(path)
  try {
    checkFormat(db, path)
    db.pragma('journal_mode = WAL')
    return { epoch: epochOf(db), head: headOf(db) }
  } finally {
    db.close()
  }
}

const unusable = (path: string, cause: unknown): OperatorError => {
  const { code = '', message } = cause as Error & { code?: string }
  const damaged = code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')
  const advice = damaged
    ? 'is not an event log or is damaged: restore it from a backup, or choose another data directory'
    : `cannot be opened (${message}): check the permissions and the free space of the data directory`
  return new OperatorError(`${path} ${advice}`, { cause })
}

/** `maxBytes` bounds the database file, not the write-ahead log beside it. */
export const openForWriting = (directory: string, maxBytes: number | undefined): Database.Database => {
  const db = new Database(logFile(directory), { fileMustExist: true })
  db.pragma('synchronous = FULL')
  db.pragma('cache_size = -65536')
  db.pragma('mmap_size = 1073741824')
  // 16 MiB of write-ahead log before it is copied into the file: index pages that change often are copied less often.
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('journal_size_limit = 67108864')
  // A blanked body must not stay readable in the free space of its page.
  db.pragma('secure_delete = ON')
  if (maxBytes !== undefined) {
    const pageSize = Number(db.pragma('page_size', { simple: true }))
    db.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`)
  }
  return db
}

export const openForReading = (directory: string): Database.Database => {
  const db = new Database(logFile(directory), { readonly: true, fileMustExist: true })
  db.pragma('cache_size = -16384')
  db.pragma('mmap_size = 1073741824')
  return db
}
