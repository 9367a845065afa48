import { accessSync, chmodSync, constants, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { StorageFullError } from '../../../ports/errors/storage-full-error.ts'
import { fileTrouble } from '../../../runtime/file-trouble.ts'
import { makeDirectory } from '../../../runtime/make-directory.ts'
import { migrate } from '../migrations/migrations.ts'
import type { Database } from '../tables.ts'
import { type AccountsDatabase, createAccountsDatabase } from './accounts-database.ts'

/** How many statements stay compiled; there are about a hundred texts. */
const keptStatements = 500

/** Every transaction takes the write lock at once: one that cannot begin has done nothing, and begins again. */
const locking = (text: string): string => (text === 'begin' ? 'begin immediate' : text)

/** With one of these errors SQLite has stored nothing. */
const full = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_TRUNCATE'])

const tellingFull = <Result>(work: () => Result): Result => {
  try {
    return work()
  } catch (error) {
    const isFull = error instanceof Sqlite.SqliteError && full.has(error.code)
    throw isFull ? new StorageFullError('No space is left for accounts.db', { cause: error }) : error
  }
}

const guarded = (statement: SqliteStatement): SqliteStatement => ({
  reader: statement.reader,
  all: (values) => tellingFull(() => statement.all(values)),
  run: (values) => tellingFull(() => statement.run(values)),
  iterate: (values) => tellingFull(() => statement.iterate(values)),
})

/** A write that finds no space ends its transaction by itself: rolling it back again would hide the reason. */
const unlessOver = (file: Sqlite.Database, rollback: SqliteStatement): SqliteStatement => ({
  reader: false,
  all: (values) => rollback.all(values),
  iterate: (values) => rollback.iterate(values),
  run: (values) => (file.inTransaction ? rollback.run(values) : { changes: 0, lastInsertRowid: 0 }),
})

/** Kysely's view of a file: each text is compiled once. */
const cached = (file: Sqlite.Database): SqliteDatabase => {
  const statements = new Map<string, SqliteStatement>()
  const compile = (text: string): SqliteStatement => {
    const prepared: SqliteStatement = file.prepare<unknown[]>(text)
    const statement = guarded(text === 'rollback' ? unlessOver(file, prepared) : prepared)
    if (statements.size < keptStatements) statements.set(text, statement)
    return statement
  }
  return { close: () => file.close(), prepare: (text) => statements.get(text) ?? compile(locking(text)) }
}

const openFile = (path: string, maxBytes: number | undefined): Sqlite.Database => {
  const file = new Sqlite(path)
  file.pragma('busy_timeout = 5000')
  file.pragma('journal_mode = WAL')
  file.pragma('synchronous = FULL')
  // Erased rows are overwritten, not only unlinked.
  file.pragma('secure_delete = ON')
  // From now on waiting for a lock would block the event loop: `inTransaction` waits.
  file.pragma('busy_timeout = 0')
  if (maxBytes !== undefined) {
    const pageSize = Number(file.pragma('page_size', { simple: true }))
    file.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`)
  }
  chmodSync(path, 0o600)
  return file
}

/** SQLite does not say why it cannot open a file; the file system does. */
const whyClosed = (path: string): string | undefined => {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.R_OK | constants.W_OK)
    return undefined
  } catch (error) {
    return fileTrouble(error)
  }
}

const unusable = (path: string, cause: unknown): OperatorError => {
  const trouble = fileTrouble(cause) ?? whyClosed(path)
  const text =
    trouble === undefined ? `Cannot open ${path}: it is damaged, or no accounts database` : `${path} ${trouble}`
  return new OperatorError(text, { cause })
}

export interface AccountsFileOptions {
  readonly directory: string
  /** Largest size of the database file, in bytes. A write beyond it rejects with a `StorageFullError`. */
  readonly maxBytes?: number
}

/**
 * The tables of `accounts.db` in the data directory, with the schema up to date. Rejects with an `OperatorError` when
 * they cannot be used.
 */
export const openAccountsFileTables = async ({ directory, maxBytes }: AccountsFileOptions): Promise<Database> => {
  const path = join(directory, 'accounts.db')
  try {
    makeDirectory(directory)
    const db: Database = new Kysely({ dialect: new SqliteDialect({ database: cached(openFile(path, maxBytes)) }) })
    await migrate(db)
    return db
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw unusable(path, cause)
  }
}

/** The accounts of the embedded profile: `accounts.db` in the data directory. Several processes may have it open. */
export const openAccountsFile = async (options: AccountsFileOptions): Promise<AccountsDatabase> =>
  createAccountsDatabase(await openAccountsFileTables(options))
