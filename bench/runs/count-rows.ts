import { join } from 'node:path'
import Database from 'better-sqlite3'
import { receiptsStream } from '../../src/domain/stream-names.ts'

/** Stored rows, by what they are for. */
export interface Rows {
  /** Events and documents of conversations. */
  readonly messages: number
  /** Events and documents of receipts. */
  readonly receipts: number
}

const aboutReceipts = /^(receipts|watermarks)\b/

const tablesOf = (db: Database.Database): readonly string[] =>
  db
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all()

const count = (db: Database.Database, from: string): number =>
  db.prepare<[], number>(`SELECT count(*) FROM ${from}`).pluck().get() ?? 0

const inViews = (db: Database.Database): Rows => {
  const tables = tablesOf(db)
  const rowsOf = (some: readonly string[]) => some.reduce((sum, table) => sum + count(db, `"${table}"`), 0)
  const receipts = rowsOf(tables.filter((table) => aboutReceipts.test(table)))
  return { receipts, messages: rowsOf(tables) - receipts }
}

/** Snapshots are a cache that is written once in hundreds of events; they count as well. */
const inLog = (db: Database.Database): Rows => {
  const receipts = count(
    db,
    `events JOIN streams ON streams.id = events.stream WHERE streams.name LIKE '${receiptsStream('%')}'`,
  )
  return { messages: count(db, 'events') + count(db, 'snapshots') - receipts, receipts }
}

const read = (path: string, rows: (db: Database.Database) => Rows): Rows => {
  const db = new Database(path, { readonly: true, fileMustExist: true })
  try {
    return rows(db)
  } finally {
    db.close()
  }
}

/** Counts the rows of a server's files, which it may be using. */
export const countRows = (directory: string): Rows => {
  const [log, views] = [read(join(directory, 'events.db'), inLog), read(join(directory, 'views.db'), inViews)]
  return { messages: log.messages + views.messages, receipts: log.receipts + views.receipts }
}
