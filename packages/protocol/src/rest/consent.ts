import { z } from 'zod'
import { userId } from '../ids.ts'

const openness = z
  .enum(['everyone', 'known', 'nobody'])
  .describe(
    'Who may start a conversation with you without a request. `known`: people with whom you are in a conversation.',
  )

export const consentSettings = z.object({ direct: openness, groups: openness })
export const consentChange = z.strictObject({ direct: openness.optional(), groups: openness.optional() })

export const conversationRequest = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  from: z.string().describe('The user who sent the request.'),
  at: z.int(),
})
export const requestList = z.object({ items: z.array(conversationRequest) })

export const blockParams = z.object({ userId })
export const block = z.object({ userId: z.string(), since: z.int() })
export const blockList = z.object({ items: z.array(block) })

export type ConsentSettings = z.output<typeof consentSettings>
export type ConversationRequest = z.output<typeof conversationRequest>
export type Block = z.output<typeof block>
