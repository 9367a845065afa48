import { sql } from 'kysely'
import { OperatorError } from '../../../ports/errors/operator-error.ts'
import { createBodyKeysTable } from '../body-keys-table.ts'
import { lockSchema } from '../database/dialect.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'
import { createAdminActs } from './admin-acts-migration.ts'
import { createArchivesTables } from './archives-migration.ts'
import { addDeactivations } from './deactivation-migration.ts'
import { addFindableByLogin } from './findable-migration.ts'
import { createInvitesTables } from './invites-migration.ts'
import { createMediaTable } from './media-migration.ts'
import { createOAuthRecords } from './oauth-migration.ts'
import { addUsersOfRecords } from './oauth-users-migration.ts'
import { createParkedReactionsTable } from './parked-reactions-migration.ts'
import { addPresence } from './presence-migration.ts'
import { createPushTables } from './push-migration.ts'
import { createReportsTables } from './reports-migration.ts'
import { createSignInTables } from './sign-in-migration.ts'

type Step = (db: Write) => Promise<void>

const createAccounts = async (db: Write): Promise<void> => {
  await db.schema
    .createTable('accounts')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('login', 'text', (column) => column.unique())
    .addColumn('password_hash', 'text')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('roles', 'text', (column) => column.notNull())
    .addColumn('identity_key', 'text')
    .addColumn('tokens_from', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('display_name', 'text')
    .addColumn('about', 'text')
    .addColumn('last_seen', 'text', (column) => column.notNull())
    .addColumn('read_receipts', 'integer', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('erased_users')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('erased_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('devices')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('signature_key', 'text')
    .addColumn('certificate', 'text')
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addPrimaryKeyConstraint('devices_key', ['user_id', 'device_id'])
    .execute()
}

const createKeyDirectory = async (db: Write): Promise<void> => {
  await db.schema
    .createTable('key_packages')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('key_package', 'text')
    .addColumn('not_after', 'bigint', (column) => column.notNull())
    .addColumn('last_resort', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('key_packages_key', ['user_id', 'device_id', 'hash'])
    .execute()
  await db.schema
    .createTable('claims')
    .addColumn('claimant_id', 'text', (column) => column.notNull())
    .addColumn('claim_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('claims_key', ['claimant_id', 'claim_id'])
    .execute()
  await db.schema.createIndex('claims_by_user').on('claims').column('user_id').execute()
}

const createPairings = async (db: Write): Promise<void> => {
  await db.schema
    .createTable('pairings')
    .addColumn('pairing_id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('pairings_by_user').on('pairings').column('user_id').execute()
  await db.schema
    .createTable('pairing_messages')
    .addColumn('pairing_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('pairing_messages_key', ['pairing_id', 'number'])
    .execute()
  await db.schema
    .createTable('recovery_blobs')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('blob', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute()
}

const createWork = async (db: Write): Promise<void> => {
  await db.schema
    .createTable('notices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('command', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('checkpoints')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('position', 'text', (column) => column.notNull())
    .execute()
}

const createLeases = async (db: Write): Promise<void> => {
  await db.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
}

/** What devices vouched for before has no chain: the identity key certified it. */
const createChains = async (db: Write): Promise<void> => {
  await db.schema.alterTable('devices').addColumn('chain', 'text').execute()
  await db.schema
    .createTable('identity_statements')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('statement', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_statements_key', ['user_id', 'number'])
    .execute()
}

const createSecretsTable = async (db: Write): Promise<void> => {
  await db.schema
    .createTable('secrets')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
}

/** Those that were stored before have no signature, and the number that every signed one is larger than. */
const signRecovery = async (db: Write): Promise<void> => {
  await db.schema
    .alterTable('recovery_blobs')
    .addColumn('number', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('recovery_blobs').addColumn('signature', 'text').execute()
}

/** Version n of the schema is what the first n steps make. Steps are added, never changed. */
const steps: readonly Step[] = [
  async (db) => {
    await createAccounts(db)
    await createKeyDirectory(db)
    await createPairings(db)
    await createWork(db)
  },
  createOAuthRecords,
  createLeases,
  createChains,
  createSecretsTable,
  createSignInTables,
  signRecovery,
  createParkedReactionsTable,
  addUsersOfRecords,
  createBodyKeysTable,
  addFindableByLogin,
  createInvitesTables,
  createAdminActs,
  addPresence,
  createMediaTable,
  createPushTables,
  addDeactivations,
  createReportsTables,
  createArchivesTables,
]

const versionOf = async (db: Write): Promise<number> => {
  const row = await db
    .selectFrom('schema_versions')
    .select('version')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.version ?? 0
}

const apply = async (db: Write): Promise<void> => {
  await lockSchema(db)
  await sql`CREATE TABLE IF NOT EXISTS schema_versions (version integer PRIMARY KEY)`.execute(db)
  const version = await versionOf(db)
  if (version > steps.length)
    throw new OperatorError(
      `The accounts database was written by a newer version of Backscroll (schema ${version}, this version knows ${steps.length}): start that version`,
    )
  for (const [index, step] of steps.entries()) {
    if (index < version) continue
    await step(db)
    await db
      .insertInto('schema_versions')
      .values({ version: index + 1 })
      .execute()
  }
}

/** Brings the schema up to date, all of it or nothing; several processes may do so at once. */
export const migrate = (db: Database): Promise<void> => inTransaction(db, apply)
