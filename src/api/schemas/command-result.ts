import { afterClientSeq, clientSeq } from '@backscroll/protocol/ids'
import { z } from 'zod'
import type { CommandResult } from '../../commands/commands.ts'

/** Every command is numbered by its device ("exactly once" [M3]). */
export const numbers = { clientSeq, afterClientSeq }

export const commandResult = z.object({
  conversationId: z.string(),
  revision: z.int(),
  position: z.string(),
  acceptedAt: z.int(),
  duplicate: z.boolean().describe('It had been accepted before; this is the original result.'),
})

export const commandResultOf = (conversationId: string, result: CommandResult): z.output<typeof commandResult> => ({
  conversationId,
  revision: result.revision,
  position: String(result.position),
  acceptedAt: result.at,
  duplicate: result.duplicate,
})
