import { sql } from 'kysely'
import type { Feedback, Report, ReportPlace, ReportRecords } from '../../../ports/identity/reports.ts'
import { inTransaction, onUser } from '../database/in-transaction.ts'
import type { FeedbackRow, ReportRow } from '../migrations/reports-migration.ts'
import type { Database, Write } from '../tables.ts'
import { keepAct } from './admin-acts.ts'

const reportOf = (row: ReportRow): Report => ({
  reportId: row.report_id,
  reporterId: row.reporter_id,
  kind: row.kind as Report['kind'],
  userId: row.user_id,
  conversationId: row.conversation_id,
  reason: row.reason,
  note: row.note,
  messages: JSON.parse(row.messages) as Report['messages'],
  createdAt: row.created_at,
  status: row.status as Report['status'],
  handledBy: row.handled_by,
  outcome: row.outcome,
})

const rowOf = (report: Report): ReportRow => ({
  report_id: report.reportId,
  reporter_id: report.reporterId,
  kind: report.kind,
  user_id: report.userId,
  conversation_id: report.conversationId,
  reason: report.reason,
  note: report.note,
  messages: JSON.stringify(report.messages),
  created_at: report.createdAt,
  status: report.status,
  handled_by: report.handledBy,
  outcome: report.outcome,
})

const feedbackOf = (row: FeedbackRow): Feedback => ({
  feedbackId: row.feedback_id,
  userId: row.user_id,
  text: row.text,
  createdAt: row.created_at,
})

const put = async (write: Write, report: Report): Promise<'put' | 'repeated' | 'taken'> => {
  const { numInsertedOrUpdatedRows } = await write
    .insertInto('reports')
    .values(rowOf(report))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 1n) return 'put'
  const same = write.selectFrom('reports').select('reporter_id').where('report_id', '=', report.reportId)
  return (await same.executeTakeFirst())?.reporter_id === report.reporterId ? 'repeated' : 'taken'
}

const behind = ({ createdAt, reportId }: ReportPlace, id: 'report_id' | 'feedback_id') =>
  sql<boolean>`(created_at, ${sql.ref(id)}) > (${createdAt}, ${reportId})`

const reportsOf = async (db: Database, ...[status, after, limit]: Parameters<ReportRecords['reports']>) => {
  let query = db.selectFrom('reports').selectAll().where('status', '=', status)
  if (after !== undefined) query = query.where(behind(after, 'report_id'))
  return (await query.orderBy('created_at').orderBy('report_id').limit(limit).execute()).map(reportOf)
}

const allFeedback = async (db: Database, ...[after, limit]: Parameters<ReportRecords['feedback']>) => {
  let query = db.selectFrom('feedback').selectAll()
  if (after !== undefined) query = query.where(behind(after, 'feedback_id'))
  return (await query.orderBy('created_at').orderBy('feedback_id').limit(limit).execute()).map(feedbackOf)
}

const change = async (write: Write, ...[reportId, changed, act]: Parameters<ReportRecords['changeReport']>) => {
  const { status, handledBy, outcome } = changed
  const { numUpdatedRows } = await write
    .updateTable('reports')
    .set({ status, handled_by: handledBy, outcome })
    .where('report_id', '=', reportId)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) await keepAct(write, act)
  return numUpdatedRows > 0n
}

/** Deletes the reports and feedback of the user, and the reports about the user. */
export const deleteReportsOf = async (write: Write, userId: string): Promise<void> => {
  await write
    .deleteFrom('reports')
    .where(({ or, eb }) => or([eb('reporter_id', '=', userId), eb('user_id', '=', userId)]))
    .execute()
  await write.deleteFrom('feedback').where('user_id', '=', userId).execute()
}

export const createReportRecords = (db: Database): ReportRecords => ({
  putReport: (report) => onUser(db, report.reporterId, (write) => put(write, report)),
  report: async (reportId) => {
    const row = await db.selectFrom('reports').selectAll().where('report_id', '=', reportId).executeTakeFirst()
    return row && reportOf(row)
  },
  reports: (...wanted) => reportsOf(db, ...wanted),
  changeReport: (...wanted) => inTransaction(db, (write) => change(write, ...wanted)),
  putFeedback: async ({ feedbackId, userId, text, createdAt }) => {
    await onUser(db, userId, (write) =>
      write
        .insertInto('feedback')
        .values({ feedback_id: feedbackId, user_id: userId, text, created_at: createdAt })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    )
  },
  feedback: (...wanted) => allFeedback(db, ...wanted),
  purgeReports: (before) =>
    inTransaction(db, async (write) => {
      for (const table of ['reports', 'feedback'] as const)
        await write.deleteFrom(table).where('created_at', '<', before).execute()
    }),
})
