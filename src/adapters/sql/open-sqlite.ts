import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { OperatorError } from '../../ports/operator-error.ts'
import { type AccountsDatabase, createAccountsDatabase } from './accounts-database.ts'
import { migrate } from './migrations.ts'
import type { Database } from './tables.ts'

/** Statements kept compiled; there are about a hundred texts. */
const keptStatements = 500

/** Every transaction takes the write lock at once: what cannot begin has done nothing, and begins again. */
const locking = (text: string): string => (text === 'begin' ? 'begin immediate' : text)

/** Kysely's view of a file: each text is compiled once. */
const cached = (file: Sqlite.Database): SqliteDatabase => {
  const statements = new Map<string, SqliteStatement>()
  const compile = (text: string): SqliteStatement => {
    const statement: SqliteStatement = file.prepare<unknown[]>(text)
    if (statements.size < keptStatements) statements.set(text, statement)
    return statement
  }
  return { close: () => file.close(), prepare: (text) => statements.get(text) ?? compile(locking(text)) }
}

const openFile = (path: string): Sqlite.Database => {
  const file = new Sqlite(path)
  file.pragma('busy_timeout = 5000')
  file.pragma('journal_mode = WAL')
  file.pragma('synchronous = FULL')
  // Erased rows are overwritten, not only unlinked.
  file.pragma('secure_delete = ON')
  // From now on waiting for a lock would hold up the event loop: `inTransaction` waits.
  file.pragma('busy_timeout = 0')
  chmodSync(path, 0o600)
  return file
}

/** The tables of `accounts.db` in the data directory, with the schema up to date. Rejects with an `OperatorError` when they cannot be used. */
export const openAccountsFileTables = async ({ directory }: { readonly directory: string }): Promise<Database> => {
  const path = join(directory, 'accounts.db')
  try {
    mkdirSync(directory, { recursive: true })
    const db: Database = new Kysely({ dialect: new SqliteDialect({ database: cached(openFile(path)) }) })
    await migrate(db)
    return db
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause
    throw new OperatorError(`Cannot open ${path}: it is damaged, no accounts database, or not accessible`, { cause })
  }
}

/** The accounts of the embedded profile: `accounts.db` in the data directory. Several processes may have it open. */
export const openAccountsFile = async (options: { readonly directory: string }): Promise<AccountsDatabase> =>
  createAccountsDatabase(await openAccountsFileTables(options))
