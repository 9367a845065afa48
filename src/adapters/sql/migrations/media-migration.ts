import type { Transaction } from 'kysely'

export interface MediaRow {
  id: string
  user_id: string
  size: number
  received: number
  parts: string | null
  hash: string | null
  created_at: number
  named_at: number | null
  /** 1 while the file is being removed: it can no longer be read, but its bytes may still exist. */
  retired: number
}

/** Uploaded files, without their bytes. */
export const createMediaTable = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .createTable('media')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('received', 'bigint', (column) => column.notNull())
    .addColumn('parts', 'text')
    .addColumn('hash', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('named_at', 'bigint')
    .addColumn('retired', 'integer', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('media_by_user').on('media').column('user_id').execute()
}
