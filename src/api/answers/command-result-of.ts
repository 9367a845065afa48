import type { CommandResult as Answer } from '@backscroll/protocol/rest/command-result'
import type { CommandResult } from '../../commands/commands.ts'

export const commandResultOf = (conversationId: string, result: CommandResult): Answer => ({
  conversationId,
  revision: result.revision,
  position: String(result.position),
  acceptedAt: result.at,
  duplicate: result.duplicate,
})
