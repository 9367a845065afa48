import type { Transaction } from 'kysely'

/** Existing users never chose an audience, so only their contacts see whether they are online. */
export const addPresence = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .alterTable('accounts')
    .addColumn('online', 'text', (column) => column.notNull().defaultTo('contacts'))
    .execute()
  await db.schema.alterTable('accounts').addColumn('seen_at', 'bigint').execute()
}
