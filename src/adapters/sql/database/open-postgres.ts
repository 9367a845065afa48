import { Kysely, PostgresDialect } from 'kysely'
import { DatabaseError } from 'pg'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { UnavailableError } from '../../../ports/errors/unavailable-error.ts'
import { migrate } from '../migrations/migrations.ts'
import type { Database } from '../tables.ts'
import { type AccountsDatabase, createAccountsDatabase } from './accounts-database.ts'
import { createPool, type PoolOptions } from './postgres-pool.ts'

/** The server's answers at the start, in an operator's words; by SQLSTATE. */
const refusals: Readonly<Record<string, string>> = {
  '28000': 'the server refuses this user',
  '28P01': 'the server refuses the user or the password',
  '3D000': 'there is no such database on the server: create it',
  '42501': 'the user may not create tables: grant it CREATE on the schema',
}

const placeOf = (url: string): string => {
  try {
    const { hostname, port, username, password } = new URL(url)
    decodeURIComponent(`${username}${password}`)
    return `${hostname}:${port || 5432}`
  } catch {
    // The address is not repeated, and no cause is kept: it may hold the password.
    throw new OperatorError('BACKSCROLL_POSTGRES_URL is no URL, as postgres://user:password@host:5432/database is')
  }
}

const firstLine = (cause: Error): string =>
  ('code' in cause ? String(cause.code) : cause.message).split('\n', 1)[0] ?? cause.name

/** Undefined for errors that do not concern the connection. */
const reasonOf = (error: unknown, place: string): string | undefined => {
  const cause = error instanceof UnavailableError ? error.cause : error
  const refusal = cause instanceof DatabaseError ? refusals[cause.code ?? ''] : undefined
  if (refusal !== undefined || !(error instanceof UnavailableError)) return refusal
  return `no PostgreSQL server takes connections at ${place} (${cause instanceof Error ? firstLine(cause) : 'unknown'})`
}

export type PostgresOptions = Pick<PoolOptions, 'url'> & Partial<PoolOptions>

/** In an operator's words, where it concerns the connection. */
export const withReason = (error: unknown, place: string): unknown => {
  const reason = reasonOf(error, place)
  return reason === undefined ? error : new OperatorError(`BACKSCROLL_POSTGRES_URL: ${reason}`, { cause: error })
}

/** Connects at its first query. `place`: the address as an operator may see it. */
export const openPostgres = (options: PostgresOptions): { readonly db: Database; readonly place: string } => {
  const place = placeOf(options.url)
  const pool = createPool({ connections: 10, statementTimeoutMs: 10_000, ...options })
  return { db: new Kysely({ dialect: new PostgresDialect({ pool }) }), place }
}

/**
 * The tables of the accounts of the cluster profile, in PostgreSQL. The first process updates the schema. Rejects
 * with an `OperatorError` that names BACKSCROLL_POSTGRES_URL when it cannot connect; later, queries reject with an
 * `UnavailableError`.
 */
export const openPostgresTables = async (options: PostgresOptions): Promise<Database> => {
  const { db, place } = openPostgres(options)
  try {
    await migrate(db)
    return db
  } catch (error) {
    await db.destroy()
    throw withReason(error, place)
  }
}

/** The accounts of the cluster profile, over these tables. Any number of processes. */
export const openAccountsDatabase = async (options: PostgresOptions): Promise<AccountsDatabase> =>
  createAccountsDatabase(await openPostgresTables(options))
