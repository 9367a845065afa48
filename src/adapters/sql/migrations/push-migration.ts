import type { Transaction } from 'kysely'

export interface PushTargetRow {
  user_id: string
  /** Empty for a user who is woken by the operator's own service. */
  device_id: string
  kind: string
  target: string
  hash: string
  refreshed_at: number
  /** `owed` counts the times that a wake-up was owed. `woken` is the value of `owed` that is settled. */
  owed: number
  woken: number
  /** When the row is due. Null while nothing is owed. */
  due_at: number | null
  /** No wake-up before this time. */
  quiet_until: number
  /** Failed tries since the last success. */
  tries: number
}

/** Messages for which a user has not been woken yet: the newest one of each conversation. */
export interface PushWaitingRow {
  user_id: string
  conversation_id: string
  seq: number
  at: number
}

export interface PushPreferencesRow {
  user_id: string
  quiet_from: string | null
  quiet_to: string | null
  time_zone: string | null
}

/** Push targets, quiet hours, and which devices have to be woken. */
export const createPushTables = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .createTable('push_targets')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('refreshed_at', 'bigint', (column) => column.notNull())
    .addColumn('owed', 'bigint', (column) => column.notNull())
    .addColumn('woken', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('quiet_until', 'bigint', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('push_targets_key', ['user_id', 'device_id'])
    .execute()
  await db.schema.createIndex('push_targets_by_hash').unique().on('push_targets').column('hash').execute()
  await db.schema.createIndex('push_targets_due').on('push_targets').columns(['kind', 'due_at']).execute()
  await db.schema
    .createTable('push_waiting')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('conversation_id', 'text', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('push_waiting_key', ['user_id', 'conversation_id'])
    .execute()
  await db.schema
    .createTable('push_preferences')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('quiet_from', 'text')
    .addColumn('quiet_to', 'text')
    .addColumn('time_zone', 'text')
    .execute()
}
