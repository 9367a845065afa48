import { z } from 'zod'
import { conversationId, messageId, revision, userId } from '../ids.ts'
import { limits } from '../limits.ts'
import { cursor, limit } from './query-values.ts'
import { nextCursor } from './shared-fields.ts'

/** Text of several lines, without control characters except line breaks and tabs. */
const words = (most: number) =>
  z
    .string()
    .regex(/^[\P{Cc}\n\r\t]*$/u, 'must not contain control characters')
    .min(1)
    .max(most)

const reportReason = z.enum([
  'spam',
  'harassment',
  'threat',
  'violence',
  'sexual',
  'minors',
  'self_harm',
  'illegal',
  'impersonation',
  'other',
])

const reportedMessage = z.strictObject({
  messageId,
  revision,
  ciphertextHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 hash in hexadecimal')
    .optional()
    .describe('Of the bytes of the ciphertext that your device got.'),
  text: words(limits.report.text).describe('What you reveal of it. Admins are told that it is your word.'),
})

const about = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), userId }),
  z.strictObject({ kind: z.literal('conversation'), conversationId }),
  z.strictObject({
    kind: z.literal('messages'),
    conversationId,
    messages: z.array(reportedMessage).min(1).max(limits.report.messages).describe('All of one sender.'),
  }),
])

export const newReport = z.strictObject({
  reportId: messageId.describe('Made by your device: the same one again changes nothing.'),
  about,
  reason: reportReason,
  note: words(limits.report.note).optional(),
})

export const newFeedback = z.strictObject({
  feedbackId: messageId.describe('Made by your device: the same one again changes nothing.'),
  text: words(limits.report.feedback),
})

const reportStatus = z.enum(['open', 'claimed', 'resolved'])
export const reportOutcome = z.enum(['dismissed', 'warned', 'deactivated', 'closed', 'passed_on', 'other'])

export const reportsQuery = z.strictObject({ status: reportStatus.default('open'), cursor, limit: limit(limits.page) })
export const feedbackQuery = z.strictObject({ cursor, limit: limit(limits.page) })
export const reportParams = z.object({ reportId: messageId })
export const reportResolution = z.strictObject({ outcome: reportOutcome })

const reportSummary = z.object({
  reportId: z.string(),
  reporterId: z.string(),
  kind: z.enum(['user', 'conversation', 'messages']),
  userId: z.string().nullable().describe('Whom it is about; null for a conversation'),
  conversationId: z.string().nullable(),
  reason: z.string(),
  createdAt: z.int(),
  status: reportStatus,
  handledBy: z.string().nullable().describe('The admin who works on it, or has ended it'),
  outcome: z.string().nullable(),
})

export const reportPage = z.object({ items: z.array(reportSummary).describe('Oldest first'), cursor: nextCursor })

export const report = reportSummary.extend({
  note: z.string().nullable(),
  messages: z.array(
    z.object({
      messageId: z.string(),
      revision: z.int(),
      text: z.string().describe('The word of the reporter: the server cannot read the message.'),
      senderId: z.string().describe('From the log'),
      sentAt: z.int().describe('From the log'),
      sameCiphertext: z
        .boolean()
        .nullable()
        .describe('Whether the reporter had the ciphertext that is in the log; null: not said, or it is gone'),
    }),
  ),
})

const feedback = z.object({ feedbackId: z.string(), userId: z.string(), text: z.string(), createdAt: z.int() })
export const feedbackPage = z.object({ items: z.array(feedback).describe('Oldest first'), cursor: nextCursor })
