import type { Transaction } from 'kysely'

/** Nobody was asked before: strangers see nothing of people who registered then. */
export const addPresence = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .alterTable('accounts')
    .addColumn('online', 'text', (column) => column.notNull().defaultTo('contacts'))
    .execute()
  await db.schema.alterTable('accounts').addColumn('seen_at', 'bigint').execute()
}
