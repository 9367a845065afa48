import { done } from '@backscroll/protocol/rest/done'
import { newFeedback, newReport } from '@backscroll/protocol/rest/reports'
import type { z } from 'zod'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Rest } from '../rest/rest-client.ts'

type Wire = z.input<typeof newReport>

/** A reported message with the text that this user reveals. The operators cannot read it in any other way. */
export interface RevealedMessage {
  /** The `ref` of the message's event. */
  readonly ref: { readonly messageId: string; readonly revision: number }
  readonly text: string
}

export interface OwnReport {
  readonly about:
    | { readonly user: string }
    | { readonly conversation: string }
    /** Up to ten messages, all by one sender other than this user. */
    | { readonly conversation: string; readonly messages: readonly RevealedMessage[] }
  readonly reason: Wire['reason']
  /** A note in this user's own words, up to 2,000 characters. */
  readonly note?: string
}

/** Reports and feedback to the operators. All methods reject with `BackscrollError`. */
export interface ClientReports {
  /**
   * Stores a report and resolves with its id. A report has no automatic effect. Rejects with `not_found` for what
   * does not exist or was never shown to this user, with `invalid`, and with `rate_limited` after several reports
   * in an hour.
   */
  report(report: OwnReport): Promise<string>
  /** Sends feedback on the product, up to 4,000 characters. */
  feedback(text: string): Promise<void>
}

const aboutOf = (about: OwnReport['about']): Wire['about'] => {
  if ('user' in about) return { kind: 'user', userId: about.user }
  if (!('messages' in about)) return { kind: 'conversation', conversationId: about.conversation }
  const messages = about.messages.map(({ ref: { messageId, revision }, text }) => ({ messageId, revision, text }))
  return { kind: 'messages', conversationId: about.conversation, messages }
}

/** Checks the body before anything is sent. */
const checked = <Schema extends z.ZodType>(schema: Schema, body: z.input<Schema>): z.input<Schema> => {
  const issue = schema.safeParse(body).error?.issues[0]
  if (issue === undefined) return body
  throw new BackscrollError('invalid', { message: issue.message, details: { field: issue.path.join('.') } })
}

export const createClientReports = (rest: Rest, newId: () => string): ClientReports => ({
  report: async ({ about, reason, note }) => {
    const reportId = newId()
    const said = note === undefined ? {} : { note }
    const body = checked(newReport, { reportId, about: aboutOf(about), reason, ...said })
    await rest.request({ method: 'POST', path: '/reports', body, schema: done })
    return reportId
  },
  feedback: async (text) => {
    const body = checked(newFeedback, { feedbackId: newId(), text })
    await rest.request({ method: 'POST', path: '/feedback', body, schema: done })
  },
})
