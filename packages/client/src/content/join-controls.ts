import { z } from 'zod'

const conversationId = z.string().max(64)
const userId = z.string().min(1).max(256)

/**
 * What devices tell each other about invite links to groups. To the creator of a link: `join`, the sender holds it;
 * `join_withdrawn`, and does not want to join any more. From an admin to the group: `join_asked`, somebody waits for
 * approval; `join_settled`, and does not wait any more. From the creator to the asker: `join_answer`.
 */
export const joinControls = [
  z.object({ type: z.literal('join'), body: z.object({ conversationId, proof: z.base64().length(44) }) }),
  z.object({ type: z.literal('join_withdrawn'), body: z.object({ conversationId }) }),
  z.object({
    type: z.literal('join_asked'),
    body: z.object({ userId, identityKey: z.base64().length(44), expiresAt: z.int().min(0) }),
  }),
  z.object({
    type: z.literal('join_settled'),
    body: z.object({ userId, state: z.enum(['declined', 'withdrawn']) }),
  }),
  z.object({
    type: z.literal('join_answer'),
    body: z.object({ conversationId, state: z.literal('declined') }),
  }),
] as const
