import type { Transaction } from 'kysely'

export interface ReportRow {
  report_id: string
  reporter_id: string
  kind: string
  user_id: string | null
  conversation_id: string | null
  reason: string
  note: string | null
  /** JSON. */
  messages: string
  created_at: number
  status: string
  handled_by: string | null
  outcome: string | null
}

export interface FeedbackRow {
  feedback_id: string
  user_id: string
  text: string
  created_at: number
}

/** Reports and feedback of users. */
export const createReportsTables = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .createTable('reports')
    .addColumn('report_id', 'text', (column) => column.primaryKey())
    .addColumn('reporter_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text')
    .addColumn('conversation_id', 'text')
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .addColumn('messages', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('handled_by', 'text')
    .addColumn('outcome', 'text')
    .execute()
  await db.schema.createIndex('reports_by_status').on('reports').columns(['status', 'created_at']).execute()
  await db.schema.createIndex('reports_by_reporter').on('reports').column('reporter_id').execute()
  await db.schema.createIndex('reports_by_user').on('reports').column('user_id').execute()
  await db.schema
    .createTable('feedback')
    .addColumn('feedback_id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('feedback_by_time').on('feedback').column('created_at').execute()
  await db.schema.createIndex('feedback_by_user').on('feedback').column('user_id').execute()
}
