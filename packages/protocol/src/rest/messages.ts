import { z } from 'zod'
import { conversationId, messageId, userId } from '../ids.ts'
import { limits } from '../limits.ts'
import { atLeast, limit, queryInteger } from './query-values.ts'
import { actor, nextCursor, opaqueBytes } from './shared-fields.ts'

/** The request is `messageBody` of the client's frames, the answer `sendResult` of the server's. */

export const lastMessage = z.object({
  conversationId: z.string(),
  messageId: z.string(),
  seq: z.int().describe('Ordinal in the conversation, from 1.'),
  revision: z.int(),
  at: z.int(),
  actor,
  contentType: z.string().nullable(),
  replyTo: z.object({ messageId: z.string(), revision: z.int(), seq: z.int() }).nullable(),
  mediaIds: z.array(z.string()),
  sentAt: z.int().nullable().describe("The sender's clock, for display only."),
  ciphertext: opaqueBytes
    .nullable()
    .describe('The ciphertext of the newest edit, or of the message. Null once it is deleted or has expired.'),
  edited: z.object({ messageId: z.string(), revision: z.int(), at: z.int() }).nullable(),
  deleted: z.object({ by: z.string().nullable(), at: z.int().nullable() }).nullable(),
  expired: z.boolean(),
})

export const reaction = z.object({
  messageId: z.string().describe('The id of the reaction. Its author sends it with `revision` to delete the reaction.'),
  revision: z.int(),
  at: z.int(),
  actor,
  contentType: z.string().nullable(),
  ciphertext: opaqueBytes.nullable(),
})

export const message = lastMessage.extend({ reactions: z.array(reaction) })

export const messagePage = z.object({
  messages: z.array(message).describe('In ascending order of `seq`.'),
  more: z.boolean().describe('Whether there are others beyond, in the direction of reading.'),
})

export const historyQuery = z
  .strictObject({
    conversationId: conversationId.optional(),
    userId: userId.optional().describe('The peer of a direct conversation, instead of conversationId.'),
    before: queryInteger(1).optional().describe('A message number: the newest messages below it.'),
    after: queryInteger(0).optional().describe('A message number: the oldest messages above it.'),
    limit: limit(limits.page),
    atLeast,
  })
  .refine((query) => (query.conversationId === undefined) !== (query.userId === undefined), {
    path: ['conversationId'],
    message: 'exactly one of conversationId and userId is needed',
  })

export const messageParams = z.object({ messageId })

export const messageReceipt = actor.extend({ deliveredAt: z.int().nullable(), readAt: z.int().nullable() })

export const messageReceipts = z.object({
  conversationId: z.string(),
  seq: z.int(),
  items: z.array(messageReceipt),
  cursor: nextCursor,
})

export type Message = z.output<typeof message>
export type MessageReceipt = z.output<typeof messageReceipt>
