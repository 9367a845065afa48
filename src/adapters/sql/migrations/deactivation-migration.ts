import type { Transaction } from 'kysely'

/** The reason and end of a deactivation. Both are unknown for accounts that were deactivated earlier. */
export const addDeactivations = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema.alterTable('accounts').addColumn('deactivation', 'text').execute()
  await db.schema.alterTable('accounts').addColumn('deactivated_until', 'bigint').execute()
  await db.schema.createIndex('accounts_by_end').on('accounts').column('deactivated_until').execute()
}
