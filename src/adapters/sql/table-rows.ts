import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Database, Tables, Write } from './tables.ts'

export type TableName = keyof Tables
type Value = string | number | null
export type Row = Readonly<Record<string, Value>>

/** The same number of values in one statement, whatever a row has of them: each engine has a limit. */
const valuesAtATime = 4_000
const pageSize = 500

/** Uploads in progress are not moved, because their bytes cannot be copied. */
const isMoved = (table: TableName, row: Row): boolean =>
  table !== 'media' || (row.hash !== null && Number(row.retired) === 0)

/** All rows of a table that move to another database, one page at a time, ordered by primary key. */
export const pagesOf = async function* (
  db: Database | Write,
  table: TableName,
  key: readonly string[],
): AsyncGenerator<readonly Row[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  let after: readonly Value[] | undefined
  for (;;) {
    const beyond = after === undefined ? sql`` : sql` WHERE (${columns}) > (${sql.join(after)})`
    const select = sql<Row>`SELECT * FROM ${sql.table(table)}${beyond} ORDER BY ${columns} LIMIT ${sql.lit(pageSize)}`
    const { rows } = await select.execute(db)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows.filter((row) => isMoved(table, row))
    after = key.map((column) => last[column] ?? null)
  }
}

export const insertRows = async (write: Write, table: TableName, rows: readonly Row[]): Promise<void> => {
  const columns = Object.keys(rows[0] ?? {})
  const atATime = Math.max(1, Math.floor(valuesAtATime / Math.max(1, columns.length)))
  for (let from = 0; from < rows.length; from += atATime) {
    const tuples = rows
      .slice(from, from + atATime)
      .map((row) => sql`(${sql.join(columns.map((column) => row[column] ?? null))})`)
    const names = sql.join(columns.map((column) => sql.ref(column)))
    await sql`INSERT INTO ${sql.table(table)} (${names}) VALUES ${sql.join(tuples)}`.execute(write)
  }
}

export interface TableDigest {
  readonly rows: number
  /** The hash of all rows in any order: engines sort texts differently. */
  readonly hash: string
}

const hashOf = (row: Row): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest()

export const digestTable = async (db: Database, table: TableName, key: readonly string[]): Promise<TableDigest> => {
  const all = Buffer.alloc(32)
  let rows = 0
  for await (const page of pagesOf(db, table, key)) {
    rows += page.length
    for (const row of page) for (const [index, byte] of hashOf(row).entries()) all[index] = (all[index] ?? 0) ^ byte
  }
  return { rows, hash: all.toString('hex') }
}
