import { z } from 'zod'

/** The answer to every numbered command but a message. */
export const commandResult = z.object({
  conversationId: z.string(),
  revision: z.int(),
  position: z.string(),
  acceptedAt: z.int(),
  duplicate: z.boolean().describe('The command had been accepted before; this is the original result.'),
})

export type CommandResult = z.output<typeof commandResult>
