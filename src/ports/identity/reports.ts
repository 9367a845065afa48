/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { AdminAct } from '../../domain/audit/admin-acts.ts'
import type { Time } from '../time.ts'

export type ReportStatus = 'open' | 'claimed' | 'resolved'

/** A message as the reporter has given it, with what the server found in the log at that time. */
export interface ReportedMessage {
  readonly messageId: string
  readonly revision: number
  /** The text according to the reporter. The server cannot check it. */
  readonly text: string
  /** The sender and time come from the log. */
  readonly senderId: string
  readonly sentAt: Time
  /**
   * Whether the reporter's ciphertext equals the one in the log. Null if the reporter gave none, or the log no
   * longer has it.
   */
  readonly sameCiphertext: boolean | null
}

export interface Report {
  readonly reportId: string
  readonly reporterId: string
  readonly kind: 'user' | 'conversation' | 'messages'
  /** The reported user. Null for a conversation. */
  readonly userId: string | null
  readonly conversationId: string | null
  /** A word of a closed list. */
  readonly reason: string
  readonly note: string | null
  readonly messages: readonly ReportedMessage[]
  readonly createdAt: Time
  readonly status: ReportStatus
  /** The admin who has claimed or resolved the report. */
  readonly handledBy: string | null
  readonly outcome: string | null
}

/** The report after which a page begins. */
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

/** Everything is deleted when a user is erased: what the user has reported, and reports about the user. */
export interface ReportRecords {
  /** `repeated`: this reporter has made the report before. `taken`: another user's report has the id. */
  putReport(report: Report): Promise<'put' | 'repeated' | 'taken'>
  report(reportId: string): Promise<Report | undefined>
  /** Oldest first. */
  reports(status: ReportStatus, after: ReportPlace | undefined, limit: number): Promise<readonly Report[]>
  /** False if there is no such report. The act is stored in the same transaction. */
  changeReport(reportId: string, change: ReportChange, act: AdminAct): Promise<boolean>
  /** Repeating an id changes nothing. */
  putFeedback(feedback: Feedback): Promise<void>
  /** Oldest first. `after`: the time and id of the last feedback of the previous page. */
  feedback(after: ReportPlace | undefined, limit: number): Promise<readonly Feedback[]>
  /** Deletes reports and feedback from before this time. */
  purgeReports(before: Time): Promise<void>
}
