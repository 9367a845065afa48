import { z } from 'zod'
import { signedDeparture } from '../departure.ts'
import { conversationId, groupId, seq, userId } from '../ids.ts'
import { limits } from '../limits.ts'
import { posting } from '../posting.ts'
import { role } from '../role.ts'
import { sealedText } from '../sealed-text.ts'
import { groupBeginning } from './groups.ts'
import { commandNumbers, opaqueBytes } from './shared-fields.ts'

export const conversationParams = z.object({ conversationId })

const groupOnly = (body: { members?: unknown; name?: unknown; description?: unknown }) =>
  [body.members, body.name, body.description].filter((one) => one !== undefined)

export const startConversation = z
  .strictObject({
    ...commandNumbers,
    conversationId: groupId.optional().describe('For a group: a UUID that the client makes.'),
    recipientId: userId.optional().describe('Instead: opens the direct conversation with this user.'),
    members: z
      .array(userId)
      .max(limits.membersPerRequest)
      .optional()
      .describe('For a group: its members, without yourself.'),
    name: sealedText(limits.name).optional(),
    description: sealedText(limits.description).optional(),
    group: groupBeginning.optional().describe('The encryption group that the conversation begins with [E3].'),
  })
  .refine((body) => (body.conversationId === undefined) !== (body.recipientId === undefined), {
    path: ['conversationId'],
    message: 'exactly one of conversationId and recipientId is needed',
  })
  .refine((body) => body.recipientId === undefined || groupOnly(body).length === 0, {
    path: ['recipientId'],
    message: 'a direct conversation has no members, name or description',
  })

const tenYears = 3660 * 86_400

/** Signed by the device of an owner [E9]. */
export const deleteConversation = z.strictObject({ ...commandNumbers, ...signedDeparture })

export const changeConversation = z
  .strictObject({
    ...commandNumbers,
    name: sealedText(limits.name).optional(),
    description: sealedText(limits.description).optional(),
    retentionSeconds: z.int().min(1).max(tenYears).nullable().optional().describe('null keeps messages for ever.'),
    posting: posting.optional().describe('Whose new messages, replies and edits a group accepts.'),
  })
  .refine(
    (body) =>
      [body.name, body.description, body.retentionSeconds, body.posting].filter((one) => one !== undefined).length ===
      1,
    {
      path: ['name'],
      message:
        'exactly one of name, description, retentionSeconds and posting is needed: each change is one numbered command',
    },
  )

/** The body, and the answer that confirms it. */
export const acknowledge = z.strictObject({ upToSeq: seq, status: z.enum(['delivered', 'read']) })

export const facts = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  name: opaqueBytes.nullable(),
  description: opaqueBytes.nullable(),
  createdAt: z.int(),
  memberCount: z.int(),
  retentionSeconds: z.int().nullable(),
  posting,
  lastSeq: z.int(),
  lastMessageAt: z.int(),
  lastRevision: z.int(),
})

export const conversation = z.object({
  conversation: facts,
  role: role.nullable().describe('Null after you left or were removed.'),
  visibleFrom: z.object({ revision: z.int(), seq: z.int() }),
})

export type StartConversation = z.output<typeof startConversation>
export type ChangeConversation = z.output<typeof changeConversation>
export type Conversation = z.output<typeof conversation>
