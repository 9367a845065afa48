import { ProtocolError } from '@backscroll/protocol/errors'
import type { ActBy, AuditTrail } from '../identity/accounts/users/audit-trail.ts'
import type { Feedback, Report, ReportPlace, ReportRecords, ReportStatus } from '../ports/identity/reports.ts'

/** The work of admins on reports and feedback. Reading is an act too: the audit records who has read what. */
export interface Moderation {
  /** Lists reports without the revealed texts, oldest first. */
  list(status: ReportStatus, after: ReportPlace | undefined, limit: number): Promise<readonly Report[]>
  /** This and the next two reject with `not_found`. */
  read(by: ActBy, reportId: string): Promise<Report>
  /** A later claim replaces an earlier one. */
  claim(by: ActBy, reportId: string): Promise<void>
  resolve(by: ActBy, reportId: string, outcome: string): Promise<void>
  feedback(by: ActBy, after: ReportPlace | undefined, limit: number): Promise<readonly Feedback[]>
}

export interface ModerationDeps {
  readonly records: ReportRecords
  readonly trail: Pick<AuditTrail, 'act' | 'keep' | 'flush'>
}

/** Adds the reported user to the audit entry, because no other field names the user. */
const about = ({ reportId, userId }: Report) => ({ reportId, ...(userId === null ? {} : { userId }) })

export const createModeration = ({ records, trail }: ModerationDeps): Moderation => {
  const found = async (reportId: string): Promise<Report> => {
    const report = await records.report(reportId)
    if (report === undefined) throw new ProtocolError('not_found')
    return report
  }

  const change = async (
    by: ActBy,
    reportId: string,
    status: 'claimed' | 'resolved',
    outcome: string | null,
  ): Promise<void> => {
    const facts = { ...about(await found(reportId)), ...(outcome === null ? {} : { outcome }) }
    const act = trail.act(by, status === 'claimed' ? 'claim_report' : 'resolve_report', facts)
    const handledBy = by.actor?.userId ?? ''
    if (!(await records.changeReport(reportId, { status, handledBy, outcome }, act)))
      throw new ProtocolError('not_found')
    await trail.flush()
  }

  return {
    list: (status, after, limit) => records.reports(status, after, limit),
    read: async (by, reportId) => {
      const report = await found(reportId)
      await trail.keep(by, 'read_report', about(report))
      return report
    },
    claim: (by, reportId) => change(by, reportId, 'claimed', null),
    resolve: (by, reportId, outcome) => change(by, reportId, 'resolved', outcome),
    feedback: async (by, after, limit) => {
      await trail.keep(by, 'read_feedback', {})
      return records.feedback(after, limit)
    },
  }
}
