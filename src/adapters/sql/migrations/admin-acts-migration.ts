import type { Transaction } from 'kysely'

/** Acts of admins that are not in the log yet. */
export const createAdminActs = (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> =>
  db.schema
    .createTable('admin_acts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('act', 'text', (column) => column.notNull())
    .execute()
