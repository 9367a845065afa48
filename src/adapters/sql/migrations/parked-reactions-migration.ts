import type { Transaction } from 'kysely'

export interface ParkedReactionRow {
  process: string
  stream: string
  epoch: string | null
  revision: number | null
  /** Decimal. */
  position: string | null
  type: string
  attempts: number
  error: string
  at: number
  retry_asked: number
}

/** What follows from events and could not be done: one row for each process and stream. */
export const createParkedReactionsTable = (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> =>
  db.schema
    .createTable('parked_reactions')
    .addColumn('process', 'text', (column) => column.notNull())
    .addColumn('stream', 'text', (column) => column.notNull())
    .addColumn('epoch', 'text')
    .addColumn('revision', 'bigint')
    .addColumn('position', 'text')
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('attempts', 'bigint', (column) => column.notNull())
    .addColumn('error', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('retry_asked', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('parked_reactions_key', ['process', 'stream'])
    .execute()
