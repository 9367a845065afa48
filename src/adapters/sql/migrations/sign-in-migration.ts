import type { Transaction } from 'kysely'

export interface RateLimitRow {
  /** A hash: of addresses and login names nothing is kept in the clear. */
  key: string
  /** When the bucket is full again: a row whose time has come says nothing. */
  full_at: number
}

export interface PasswordResetRow {
  code_hash: string
  user_id: string
  created_at: number
  expires_at: number
}

export interface TotpRow {
  user_id: string
  /** Sealed under a key that is not in the database. */
  secret: string
  /** Null until a first code has shown that the seed has arrived. */
  confirmed_at: number | null
  /** The time step of the last code that was taken: none is taken twice. */
  last_step: number
}

export interface RecoveryCodeRow {
  user_id: string
  code_hash: string
}

export interface PasskeyRow {
  credential_id: string
  user_id: string
  name: string | null
  public_key: string
  counter: number
  transports: string
  added_at: number
  used_at: number | null
}

type Db = Pick<Transaction<unknown>, 'schema'>

const createRateLimits = (db: Db): Promise<void> =>
  db.schema
    .createTable('rate_limits')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('full_at', 'bigint', (column) => column.notNull())
    .execute()

const createPasswordResets = async (db: Db): Promise<void> => {
  await db.schema
    .createTable('password_resets')
    .addColumn('code_hash', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('password_resets_by_user').on('password_resets').column('user_id').execute()
}

const createFactors = async (db: Db): Promise<void> => {
  await db.schema
    .createTable('totp')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('confirmed_at', 'bigint')
    .addColumn('last_step', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('recovery_codes')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('code_hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('recovery_codes_key', ['user_id', 'code_hash'])
    .execute()
  await db.schema
    .createTable('passkeys')
    .addColumn('credential_id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('transports', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .execute()
  await db.schema.createIndex('passkeys_by_user').on('passkeys').column('user_id').execute()
}

/** Limits that hold for all processes, links that reset a password, second factors; and which device a change of password spares. */
export const createSignInTables = async (db: Db): Promise<void> => {
  await createRateLimits(db)
  await createPasswordResets(db)
  await createFactors(db)
  await db.schema.alterTable('accounts').addColumn('tokens_spare', 'text').execute()
}
