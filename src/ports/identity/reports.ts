/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { AdminAct } from '../../domain/audit/admin-acts.ts'
import type { Time } from '../time.ts'

export type ReportStatus = 'open' | 'claimed' | 'resolved'

/** A message as its reporter gives it, and what the server found about it then. */
export interface ReportedMessage {
  readonly messageId: string
  readonly revision: number
  /** What it says, by the word of the reporter alone. */
  readonly text: string
  /** From the log. */
  readonly senderId: string
  readonly sentAt: Time
  /** Whether the ciphertext that the reporter had is the one in the log; null if that was not said, or it is gone. */
  readonly sameCiphertext: boolean | null
}

export interface Report {
  readonly reportId: string
  readonly reporterId: string
  readonly kind: 'user' | 'conversation' | 'messages'
  /** Whom it is about; null for a conversation. */
  readonly userId: string | null
  readonly conversationId: string | null
  /** Words of closed lists. */
  readonly reason: string
  readonly note: string | null
  readonly messages: readonly ReportedMessage[]
  readonly createdAt: Time
  readonly status: ReportStatus
  /** The admin who works on it, or has ended it. */
  readonly handledBy: string | null
  readonly outcome: string | null
}

/** Behind which report of a list a page begins. */
export interface ReportPlace {
  readonly createdAt: Time
  readonly reportId: string
}

export interface Feedback {
  readonly feedbackId: string
  readonly userId: string
  readonly text: string
  readonly createdAt: Time
}

export interface ReportChange {
  readonly status: 'claimed' | 'resolved'
  readonly handledBy: string
  readonly outcome: string | null
}

/** All of a user goes with the user's erasure: what this user has said, and what was said about this user. */
export interface ReportRecords {
  /** `repeated`: this reporter has made it before. `taken`: the id is somebody else's. */
  putReport(report: Report): Promise<'put' | 'repeated' | 'taken'>
  report(reportId: string): Promise<Report | undefined>
  /** Oldest first. */
  reports(status: ReportStatus, after: ReportPlace | undefined, limit: number): Promise<readonly Report[]>
  /** False when there is no such report. The act is kept in the same transaction. */
  changeReport(reportId: string, change: ReportChange, act: AdminAct): Promise<boolean>
  /** The same id changes nothing. */
  putFeedback(feedback: Feedback): Promise<void>
  /** Oldest first. `after`: the feedback's time and id. */
  feedback(after: ReportPlace | undefined, limit: number): Promise<readonly Feedback[]>
  /** Those from before a time. */
  purgeReports(before: Time): Promise<void>
}
