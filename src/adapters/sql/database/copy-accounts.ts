import { sql } from 'kysely'
import { digestTable, insertRows, pagesOf, type TableDigest, type TableName } from '../table-rows.ts'
import type { Database, Write } from '../tables.ts'
import { inTransaction } from './in-transaction.ts'

/**
 * Every table with its primary key, so that a new one cannot be forgotten; null for tables that belong to one
 * database or to one log.
 */
const keys: Readonly<Record<TableName, readonly string[] | null>> = {
  accounts: ['user_id'],
  erased_users: ['user_id'],
  devices: ['user_id', 'device_id'],
  key_packages: ['user_id', 'device_id', 'hash'],
  claims: ['claimant_id', 'claim_id'],
  pairings: ['pairing_id'],
  pairing_messages: ['pairing_id', 'number'],
  recovery_blobs: ['user_id'],
  identity_statements: ['user_id', 'number'],
  notices: ['id'],
  admin_acts: ['id'],
  oauth_records: ['kind', 'id'],
  password_resets: ['code_hash'],
  totp: ['user_id'],
  recovery_codes: ['user_id', 'code_hash'],
  passkeys: ['credential_id'],
  media: ['id'],
  archives: ['archive_id'],
  archive_pieces: ['archive_id', 'piece'],
  invites: ['invite_id'],
  invite_uses: ['invite_id', 'holder_id'],
  push_targets: ['user_id', 'device_id'],
  push_waiting: ['user_id', 'conversation_id'],
  push_preferences: ['user_id'],
  reports: ['report_id'],
  feedback: ['feedback_id'],
  body_keys: null,
  checkpoints: null,
  parked_reactions: null,
  leases: null,
  secrets: null,
  rate_limits: null,
  schema_versions: null,
}

interface CopiedTable {
  readonly name: TableName
  readonly key: readonly string[]
}

const copied: readonly CopiedTable[] = Object.entries(keys).flatMap(([name, key]) =>
  key === null ? [] : [{ name: name as TableName, key }],
)

const known = async (db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  const accounts = await db.selectFrom('accounts').select('user_id').where('user_id', 'in', ids).execute()
  const erased = await db.selectFrom('erased_users').select('user_id').where('user_id', 'in', ids).execute()
  return new Set([...accounts, ...erased].map(({ user_id }) => user_id))
}

/** A user that `to` knows, alive or erased, and `from` does not; undefined when there is none. */
export const foreignUser = async (from: Database, to: Database): Promise<string | undefined> => {
  for (const table of ['accounts', 'erased_users'] as const)
    for await (const rows of pagesOf(to, table, ['user_id'])) {
      const ids = rows.map(({ user_id }) => String(user_id))
      const ours = await known(from, ids)
      const foreign = ids.find((id) => !ours.has(id))
      if (foreign !== undefined) return foreign
    }
  return undefined
}

/**
 * Makes the tables of `to` equal to those of `from`, in one transaction: all or nothing, as often as you like.
 * Checkpoints, leases and limits stay as they are, because they belong to a log and to processes. Returns the
 * number of rows.
 */
export const copyAccounts = (from: Database, to: Database, onProgress: (rows: number) => void): Promise<number> =>
  inTransaction(to, async (write) => {
    let rows = 0
    for (const table of copied) rows = await copyTable(from, write, table, rows, onProgress)
    return rows
  })

const copyTable = async (
  from: Database,
  write: Write,
  { name, key }: CopiedTable,
  before: number,
  onProgress: (rows: number) => void,
): Promise<number> => {
  let rows = before
  await sql`DELETE FROM ${sql.table(name)}`.execute(write)
  for await (const page of pagesOf(from, name, key)) {
    await insertRows(write, name, page)
    rows += page.length
    onProgress(rows)
  }
  return rows
}

/** The number of rows copied, by table. */
export const digestAccounts = async (db: Database): Promise<ReadonlyMap<string, TableDigest>> => {
  const digests = new Map<string, TableDigest>()
  for (const { name, key } of copied) digests.set(name, await digestTable(db, name, key))
  return digests
}
