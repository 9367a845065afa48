import { z } from 'zod'
import { conversationId, messageId, revision, seq } from '../ids.ts'
import { nextCursor } from './shared-fields.ts'

const mutedUntil = z
  .union([z.int().min(1), z.literal('forever')])
  .describe('When the mute ends, in milliseconds since the Unix epoch, or `forever`. No device is woken until then.')
const archivedUpTo = z
  .int()
  .min(0)
  .describe('The `seq` of the newest message that you have seen. A later message ends the archiving, unless muted.')

export const markParams = z.object({ conversationId })
export const markChange = z.strictObject({
  mutedUntil: mutedUntil.nullable().optional(),
  pinned: z.boolean().optional(),
  archivedUpTo: archivedUpTo.nullable().optional(),
  unread: z.boolean().optional(),
})

export const marks = z.object({
  mutedUntil: mutedUntil.nullable(),
  pinned: z.boolean(),
  archivedUpTo: archivedUpTo.nullable(),
  unread: z.boolean().describe('Marked as unread by you.'),
})
export const markedConversation = z.object({
  conversationId: z.string(),
  marks,
  revision: revision.describe("The revision of the newest change in the user's own stream."),
})
export const markedConversations = z.object({ items: z.array(markedConversation), cursor: nextCursor })

export const starParams = z.object({ conversationId, messageId })
export const newStar = z.strictObject({ seq: seq.describe('The number of the message in its conversation.') })
export const star = z.object({
  conversationId: z.string(),
  messageId: z.string(),
  seq,
  at: z.int().describe('When you starred it.'),
  revision,
})
export const starPage = z.object({ items: z.array(star), cursor: nextCursor })

export type Marks = z.output<typeof marks>
export type MarkChange = z.output<typeof markChange>
