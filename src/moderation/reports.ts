import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { newFeedback, newReport } from '@backscroll/protocol/rest/reports'
import type { z } from 'zod'
import type { Actor } from '../domain/ids.ts'
import { type Limits, perHour } from '../identity/accounts/rate-limiter.ts'
import type { Report, ReportedMessage, ReportRecords } from '../ports/identity/reports.ts'

type NewReport = z.output<typeof newReport>
type NewFeedback = z.output<typeof newFeedback>
type Messages = Extract<NewReport['about'], { kind: 'messages' }>

/** A message in the log that its reporter may see. */
export interface SeenMessage {
  readonly messageId: string
  readonly senderId: string
  readonly sentAt: number
  /** Base64. Null if the message was deleted or has expired. */
  readonly ciphertext: string | null
}

/** Takes reports and feedback from users. They have no automatic effect, however many users report the same. */
export interface Reports {
  /**
   * Rejects with `not_found` for a user who does not exist and for anything that the reporter cannot see, with
   * `invalid` for messages of several senders, for the reporter's own messages, and for an id of another user's
   * report, and with `rate_limited`.
   */
  report(actor: Actor, report: NewReport): Promise<void>
  /** Rejects with `rate_limited`. */
  feedback(actor: Actor, feedback: NewFeedback): Promise<void>
}

export interface ReportsDeps {
  readonly records: Pick<ReportRecords, 'putReport' | 'putFeedback'>
  readonly existing: (userIds: readonly string[]) => Promise<readonly string[]>
  /**
   * Returns the message at this revision, if the user may see it. Rejects with `not_found` if the user is not in
   * the conversation.
   */
  readonly messageAt: (userId: string, conversationId: string, revision: number) => Promise<SeenMessage | undefined>
  /** Counts the stored bytes against the user's quota. */
  readonly store: (userId: string, bytes: number, what: string) => void
  /** Shared by all processes. */
  readonly limits: Limits
  readonly now: () => number
}

/** For one user over all devices. A single device may use half of it. */
const reportsPerHour = 20
const feedbackPerHour = 10

const invalid = (field: string, reason: string) =>
  new ProtocolError('invalid', undefined, { details: { field, reason } })

const hashOf = (ciphertext: string): string =>
  createHash('sha256').update(Buffer.from(ciphertext, 'base64')).digest('hex')

const compared = (ciphertext: string | null, hash: string | undefined): boolean | null =>
  ciphertext === null || hash === undefined ? null : hashOf(ciphertext) === hash

export const createReports = (deps: ReportsDeps): Reports => {
  const { records, existing, messageAt, store, limits, now } = deps

  const take = ({ userId, deviceId }: Actor, what: string, count: number): Promise<void> =>
    limits.take(perHour(`${what} of ${userId}`, count), perHour(`${what} of device ${userId}/${deviceId}`, count / 2))

  const checked = async (reporterId: string, conversationId: string, one: Messages['messages'][number]) => {
    const seen = await messageAt(reporterId, conversationId, one.revision)
    if (seen === undefined || seen.messageId !== one.messageId) throw new ProtocolError('not_found')
    const { senderId, sentAt, ciphertext } = seen
    const { messageId, revision, text } = one
    const sameCiphertext = compared(ciphertext, one.ciphertextHash)
    return { messageId, revision, text, senderId, sentAt, sameCiphertext } satisfies ReportedMessage
  }

  const ofMessages = async (reporterId: string, { conversationId, messages }: Messages) => {
    const found: ReportedMessage[] = []
    for (const one of messages) found.push(await checked(reporterId, conversationId, one))
    const [userId = '', ...others] = new Set(found.map(({ senderId }) => senderId))
    if (others.length > 0) throw invalid('messages', 'must be of one sender')
    if (userId === reporterId) throw invalid('messages', 'must not be your own')
    return { userId, conversationId, messages: found }
  }

  const facts = async (reporterId: string, about: NewReport['about']) => {
    switch (about.kind) {
      case 'user':
        if ((await existing([about.userId])).length === 0) throw new ProtocolError('not_found')
        return { userId: about.userId, conversationId: null, messages: [] }
      case 'conversation':
        await messageAt(reporterId, about.conversationId, 0)
        return { userId: null, conversationId: about.conversationId, messages: [] }
      case 'messages':
        return ofMessages(reporterId, about)
    }
  }

  return {
    report: async (actor, { reportId, about, reason, note = null }) => {
      const reporterId = actor.userId
      await take(actor, 'reports', reportsPerHour)
      const found = await facts(reporterId, about)
      const report: Report = {
        ...{ reportId, reporterId, kind: about.kind, ...found, reason, note, createdAt: now() },
        ...{ status: 'open', handledBy: null, outcome: null },
      }
      store(reporterId, JSON.stringify(report).length, `report ${reportId}`)
      if ((await records.putReport(report)) === 'taken') throw invalid('reportId', 'is taken')
    },
    feedback: async (actor, { feedbackId, text }) => {
      await take(actor, 'feedback', feedbackPerHour)
      store(actor.userId, text.length, `feedback ${feedbackId}`)
      await records.putFeedback({ feedbackId, userId: actor.userId, text, createdAt: now() })
    },
  }
}
