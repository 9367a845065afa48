import type { Transaction } from 'kysely'

export interface InviteRow {
  invite_id: string
  user_id: string
  created_at: number
  expires_at: number
  uses: number
  max_uses: number
}

export interface InviteUseRow {
  invite_id: string
  /** The user who created the invite. */
  user_id: string
  holder_id: string
}

/** Links that let somebody write without asking, and who has used them. */
export const createInvitesTables = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .createTable('invites')
    .addColumn('invite_id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('uses', 'integer', (column) => column.notNull())
    .addColumn('max_uses', 'integer', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('invites_by_user').on('invites').column('user_id').execute()
  await db.schema
    .createTable('invite_uses')
    .addColumn('invite_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('holder_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('invite_uses_key', ['invite_id', 'holder_id'])
    .execute()
  await db.schema.createIndex('invite_uses_by_holder').on('invite_uses').columns(['holder_id', 'user_id']).execute()
}
