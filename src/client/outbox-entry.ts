import { z } from 'zod'
import type { SendResult } from '../protocol/server-frames.ts'

const target = z.object({
  messageId: z.string(),
  revision: z.int(),
  seq: z.int(),
  kind: z.enum(['edit', 'delete', 'reaction', 'reply']),
})

const messageCommand = z.object({
  kind: z.literal('message'),
  /** Set when it was addressed to a person. */
  recipientId: z.string().optional(),
  /** Base64; absent in a deletion. Sealed each time it is sent. */
  plaintext: z.string().optional(),
  contentType: z.string().optional(),
  relatesTo: target.optional(),
  mediaIds: z.array(z.string()).optional(),
  sentAt: z.int(),
})

/** A group command: goes over REST, but is numbered in the same chain. */
const restCommand = z.object({
  kind: z.literal('rest'),
  method: z.enum(['POST', 'PATCH', 'DELETE']),
  path: z.string(),
  body: z.record(z.string(), z.unknown()),
})

/** What waits to be sent, as it is stored. Its predecessor is not stored: it follows from the chain. */
export const outboxEntry = z.object({
  conversationId: z.string(),
  clientSeq: z.int(),
  messageId: z.string(),
  command: z.discriminatedUnion('kind', [messageCommand, restCommand]),
  /** Finally rejected: kept until the application was told. */
  failed: z.object({ code: z.string(), message: z.string() }).optional(),
})

export type OutboxEntry = z.output<typeof outboxEntry>
export type MessageCommand = z.output<typeof messageCommand>
export type RestCommand = z.output<typeof restCommand>

/** The answer to a group command. */
export type CommandResult = Omit<SendResult, 'messageId' | 'seq'>
export type Accepted = CommandResult & Partial<Pick<SendResult, 'seq'>>
