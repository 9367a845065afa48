import { PostgresAdapter, type RawBuilder, sql } from 'kysely'
import type { Database, Write } from '../tables.ts'

/**
 * Everything that the stores must ask PostgreSQL and SQLite in different ways. How each is opened is in its own
 * `open-` file.
 */
const isPostgres = (db: Database | Write): boolean => db.getExecutor().adapter instanceof PostgresAdapter

/**
 * Any number that other programs on the database do not lock. `hashtextextended` may hit it, which only costs a
 * wait.
 */
const migrationLock = 7_320_508_075

/**
 * Until the transaction ends, no other one works on any of these users, so what is read after it stays true. It
 * comes before the first read of the transaction, so that each read sees what the previous one has committed.
 * SQLite's transactions come one after the other anyway.
 */
export const lockUsers = async (write: Write, userIds: readonly string[]): Promise<void> => {
  if (!isPostgres(write)) return
  // In one order everywhere, so that two transactions do not wait for each other.
  for (const userId of [...new Set(userIds)].sort())
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${userId}, 0))`.execute(write)
}

/** Until the transaction ends, no other process changes the schema. */
export const lockSchema = async (write: Write): Promise<void> => {
  if (isPostgres(write)) await sql`SELECT pg_advisory_xact_lock(${migrationLock})`.execute(write)
}

/** The engine's clock, in milliseconds since the Unix epoch: one for all processes on the database. */
export const clockOf = (db: Database | Write): RawBuilder<number> =>
  isPostgres(db)
    ? sql<number>`CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`
    : sql<number>`CAST(unixepoch('subsec') * 1000 AS integer)`

/** Whether an engine can hold the text: PostgreSQL refuses U+0000, so a row with it never exists. */
export const isStorable = (text: string): boolean => !text.includes('\0')
