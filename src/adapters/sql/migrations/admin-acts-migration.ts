import type { Transaction } from 'kysely'

/** What admins did and the log has not been told yet. */
export const createAdminActs = (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> =>
  db.schema
    .createTable('admin_acts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('act', 'text', (column) => column.notNull())
    .execute()
