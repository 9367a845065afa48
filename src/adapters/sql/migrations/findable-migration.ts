import type { Transaction } from 'kysely'

/** People who registered before were told that nobody learns anything by their login name: they are not found. */
export const addFindableByLogin = (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> =>
  db.schema
    .alterTable('accounts')
    .addColumn('findable_by_login', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
