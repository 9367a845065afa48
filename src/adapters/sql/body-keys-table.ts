import type { Transaction } from 'kysely'

export interface BodyKeysRow {
  /** Names the slice of one life. */
  id: string
  stream: string
  slice: number
  /** Base64. */
  keys: string
}

export const createBodyKeysTable = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .createTable('body_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('stream', 'text', (column) => column.notNull())
    .addColumn('slice', 'integer', (column) => column.notNull())
    .addColumn('keys', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('body_keys_of_stream').on('body_keys').columns(['stream', 'slice']).execute()
}
