import { signedDeparture } from '@backscroll/protocol/departure'
import { conversationId, groupId, seq, userId } from '@backscroll/protocol/ids'
import { limits } from '@backscroll/protocol/limits'
import { sealedText } from '@backscroll/protocol/sealed-text'
import { z } from 'zod'
import { numbers } from './command-result.ts'
import { groupBeginning } from './group-schemas.ts'

export const conversationParams = z.object({ conversationId })
export const memberParams = z.object({ conversationId, userId })

const groupOnly = (body: { members?: unknown; name?: unknown; description?: unknown }) =>
  [body.members, body.name, body.description].filter((one) => one !== undefined)

export const startConversation = z
  .strictObject({
    ...numbers,
    conversationId: groupId.optional().describe('Of a group: a UUID that the client makes.'),
    recipientId: userId.optional().describe('Instead: opens the direct conversation with this user.'),
    members: z.array(userId).max(limits.membersPerRequest).optional().describe('Of a group, without yourself.'),
    name: sealedText(limits.name).optional(),
    description: sealedText(limits.description).optional(),
    group: groupBeginning.optional().describe('The encryption group that it begins with [E3].'),
  })
  .refine((body) => (body.conversationId === undefined) !== (body.recipientId === undefined), {
    path: ['conversationId'],
    message: 'exactly one of conversationId and recipientId is needed',
  })
  .refine((body) => body.recipientId === undefined || groupOnly(body).length === 0, {
    path: ['recipientId'],
    message: 'a direct conversation has no members, name and description',
  })

const tenYears = 3660 * 86_400

export const changeConversation = z
  .strictObject({
    ...numbers,
    name: sealedText(limits.name).optional(),
    description: sealedText(limits.description).optional(),
    retentionSeconds: z.int().min(1).max(tenYears).nullable().optional().describe('null keeps messages for ever.'),
  })
  .refine(
    (body) => [body.name, body.description, body.retentionSeconds].filter((one) => one !== undefined).length === 1,
    {
      path: ['name'],
      message: 'exactly one of name, description and retentionSeconds is needed: each change is one numbered command',
    },
  )

export const acknowledge = z.strictObject({ upToSeq: seq, status: z.enum(['delivered', 'read']) })
/** Signed by the device [E9]. */
export const removeMember = z.strictObject({ ...numbers, ...signedDeparture })

export type StartConversation = z.output<typeof startConversation>
export type ChangeConversation = z.output<typeof changeConversation>
