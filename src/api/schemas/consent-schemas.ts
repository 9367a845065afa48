import { userId } from '@backscroll/protocol/ids'
import { z } from 'zod'

const openness = z
  .enum(['everyone', 'known', 'nobody'])
  .describe('Who comes in without asking; `known`: people with whom you are in a conversation. All others ask.')

export const consentSettings = z.object({ direct: openness, groups: openness })
export const consentChange = z.strictObject({ direct: openness.optional(), groups: openness.optional() })

export const conversationRequest = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  from: z.string().describe('Who has put you into it.'),
  at: z.int(),
})
export const requestList = z.object({ items: z.array(conversationRequest) })

export const block = z.object({ userId: z.string(), since: z.int() })
export const blockList = z.object({ items: z.array(block) })
export const blockParams = z.object({ userId })
