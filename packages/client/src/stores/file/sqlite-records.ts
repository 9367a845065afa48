import { crc32 } from 'node:zlib'
import type BetterSqlite3 from 'better-sqlite3'
import { BackscrollError } from '../../errors/backscroll-error.ts'
import { endOfPrefix, type OpenedStore, type StoreChange, type StoredRecord, type StoreRange } from '../client-store.ts'
import { loadSqlite } from './native-modules.ts'

interface Row {
  readonly key: string
  readonly value: string
  readonly sum: number
}

/**
 * Records in a SQLite file, which this opener has exclusively. Every call throws what `refusalOf` makes of SQLite's
 * errors.
 */
export interface SqliteRecords {
  records(leftOut: readonly string[]): OpenedStore['records']
  get(key: string): unknown
  range(range: StoreRange): readonly StoredRecord[]
  /** All or none; durable when it returns. */
  apply(changes: readonly StoreChange[]): void
  /** Moves what was written into the file, and empties the log beside it, which holds older values. */
  settle(): void
  close(): void
}

const schema = `CREATE TABLE IF NOT EXISTS records (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, sum INTEGER NOT NULL
)`
/**
 * Deleted or replaced content is overwritten; the lock is held until the file is closed; a commit is on disk when
 * it returns.
 */
const settings = [
  'locking_mode = EXCLUSIVE',
  'secure_delete = ON',
  'journal_mode = WAL',
  'synchronous = FULL',
  'application_id = 0x42534332',
]

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''

const refusalOf = (thrown: unknown): unknown => {
  const code = codeOf(thrown)
  if (code.startsWith('SQLITE_BUSY')) return new BackscrollError('store_in_use', { cause: thrown })
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new BackscrollError('corrupt_store', { cause: thrown })
  return thrown
}

const refusing = <Value>(step: () => Value): Value => {
  try {
    return step()
  } catch (thrown) {
    throw refusalOf(thrown)
  }
}

/** The disk is to blame, not the request: the file may be opened again. */
export const isOfDisk = (thrown: unknown): boolean => /^SQLITE_(IOERR|CANTOPEN|READONLY)|^ERR_/.test(codeOf(thrown))

const sumOf = (key: string, value: string): number => crc32(`${key}\n${value}`)

const recordOf = ({ key, value, sum }: Row): StoredRecord => {
  if (sum !== sumOf(key, value)) throw new BackscrollError('corrupt_store')
  return [key, JSON.parse(value)]
}

/** The ranges between the kinds that are left out: at most one more than there are kinds. */
const gaps = (leftOut: readonly string[]): readonly (readonly [from: string, to: string])[] => {
  const sorted = leftOut.toSorted()
  const starts = ['', ...sorted.map(endOfPrefix)]
  return starts.map((from, index) => [from, sorted[index] ?? '\u{10ffff}'] as const)
}

const prepare = (database: BetterSqlite3.Database) => ({
  between: database.prepare<[string, string], Row>('SELECT key, value, sum FROM records WHERE key >= ? AND key < ?'),
  one: database.prepare<[string], Row>('SELECT key, value, sum FROM records WHERE key = ?'),
  page: database.prepare<[string, string, number], Row>(
    'SELECT key, value, sum FROM records WHERE key > ? AND key < ? ORDER BY key LIMIT ?',
  ),
  put: database.prepare<[string, string, number]>(
    'INSERT INTO records (key, value, sum) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum',
  ),
  remove: database.prepare<[string]>('DELETE FROM records WHERE key = ?'),
})

export interface SqliteOptions {
  /** The most pages of 4 KiB in the file. Default: as many as the disk takes. */
  readonly mostPages?: number
}

const openDatabase = async (path: string, { mostPages }: SqliteOptions): Promise<BetterSqlite3.Database> => {
  const Database = await loadSqlite()
  const database = new Database(path, { timeout: 0 })
  try {
    for (const setting of settings) database.pragma(setting)
    if (mostPages !== undefined) database.pragma(`max_page_count = ${mostPages}`)
    database.exec(`BEGIN EXCLUSIVE; ${schema}; COMMIT`)
    return database
  } catch (thrown) {
    database.close()
    throw refusalOf(thrown)
  }
}

/** Opens the file, or creates it. Rejects with `store_in_use` and `corrupt_store`. */
export const openSqliteRecords = async (path: string, options: SqliteOptions = {}): Promise<SqliteRecords> => {
  const database = await openDatabase(path, options)
  const { between, one, page, put, remove } = prepare(database)
  const apply = database.transaction((changes: readonly StoreChange[]) => {
    for (const { key, value } of changes) {
      const json = value === undefined ? undefined : JSON.stringify(value)
      if (json === undefined) remove.run(key)
      else put.run(key, json, sumOf(key, json))
    }
  })
  return {
    records: (leftOut) =>
      refusing(() => new Map(gaps(leftOut).flatMap(([from, to]) => between.all(from, to).map(recordOf)))),
    get: (key) =>
      refusing(() => {
        const row = one.get(key)
        return row && recordOf(row)[1]
      }),
    range: ({ prefix, after = prefix, limit }) =>
      refusing(() => page.all(after, endOfPrefix(prefix), limit).map(recordOf)),
    apply: (changes) => refusing(() => apply.immediate(changes)),
    settle: () => void database.pragma('wal_checkpoint(TRUNCATE)'),
    close: () => void database.close(),
  }
}
