import type { Transaction } from 'kysely'

export interface OAuthRecordRow {
  kind: string
  id: string
  payload: string
  grant_id: string | null
  user_id: string | null
  uid: string | null
  user_code: string | null
  expires_at: number
  consumed_at: number | null
}

/** What the authorization server remembers: one table for all kinds of records. */
export const createOAuthRecords = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .createTable('oauth_records')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('user_id', 'text')
    .addColumn('uid', 'text')
    .addColumn('user_code', 'text')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('consumed_at', 'bigint')
    .addPrimaryKeyConstraint('oauth_records_key', ['kind', 'id'])
    .execute()
  const index = (name: string, column: string) =>
    db.schema.createIndex(name).on('oauth_records').column(column).execute()
  await index('oauth_records_by_grant', 'grant_id')
  await index('oauth_records_by_user', 'user_id')
  await index('oauth_records_by_uid', 'uid')
  await index('oauth_records_by_user_code', 'user_code')
  await index('oauth_records_by_expiry', 'expires_at')
}
