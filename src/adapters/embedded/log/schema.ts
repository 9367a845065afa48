import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { fileTrouble } from '../../../runtime/file-trouble.ts'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { EMPTY_DIGEST } from './integrity/event-checksums.ts'

/**
 * Raised when a version that does not know the change must no longer open the file, or this version must not open
 * an older one. 2: every message is ciphertext of its conversation's encryption group; format 1 has conversations
 * without one, which nobody can convert. 3: every event and snapshot has its checksums.
 */
export const FORMAT = 3

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
    body TEXT,
    body_sum INTEGER,
    sum INTEGER,
    digest INTEGER
  );
  CREATE UNIQUE INDEX events_by_revision ON events (stream, revision);
  CREATE INDEX events_by_target ON events (stream, target) WHERE target IS NOT NULL;
  CREATE TABLE snapshots (stream TEXT PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, sum INTEGER);
`

export const logFile = (directory: string): string => join(directory, 'events.db')

export const ensureDirectory = (directory: string): void => {
  try {
    makeDirectory(directory)
  } catch (cause) {
    throw new OperatorError(`The data directory ${directory} ${fileTrouble(cause) ?? `cannot be made (${cause})`}`, {
      cause,
    })
  }
}

export const createSchema = (db: Database.Database): void => {
  db.exec(SCHEMA)
  db.prepare(`INSERT INTO meta VALUES ('epoch', ?), ('plain_checkpoints', '0')`).run(randomUUID())
  db.pragma(`user_version = ${FORMAT}`)
}

/** Positions start at 1 and have no gaps in this adapter. */
export const headOf = (db: Database.Database): number =>
  db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck().get() ?? 0

export const epochOf = (db: Database.Database): string => {
  const epoch = metaOf(db, 'epoch')
  if (epoch === undefined) throw new Error('The log has no epoch')
  return epoch
}

export const formatOf = (db: Database.Database): number => Number(db.pragma('user_version', { simple: true }))

export const metaOf = (db: Database.Database, key: string): string | undefined =>
  db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck().get(key)

export const setMeta = (db: Database.Database, key: string, value: string): void => {
  db.prepare<[string, string]>('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(key, value)
}

/** Up to a position; undefined when there is no such event, or it has no digest yet. */
export const createDigests = (db: Database.Database): ((position: number) => number | undefined) => {
  const find = db.prepare<[number], number | null>('SELECT digest FROM events WHERE position = ?').pluck()
  return (position) => (position === 0 ? EMPTY_DIGEST : (find.get(position) ?? undefined))
}

export const digestAt = (db: Database.Database, position: number): number | undefined => createDigests(db)(position)

/** `maxBytes` limits the database file, not the write-ahead log beside it. */
export const openForWriting = (directory: string, maxBytes: number | undefined): Database.Database => {
  const db = new Database(logFile(directory), { fileMustExist: true })
  db.pragma('synchronous = FULL')
  // No memory map, here and below: unreadable data is then an error of one call, and not the end of the process
  // (SIGBUS).
  db.pragma('cache_size = -65536')
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
  return db
}
