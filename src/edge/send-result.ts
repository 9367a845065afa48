import type { sendResult } from '@backscroll/protocol/server-frames'
import type { z } from 'zod'
import type { CommandResult } from '../commands/commands.ts'

/** What a sender is told of an accepted message [M1]. */
export const sendResultOf = (
  id: string,
  conversationId: string,
  result: CommandResult,
): z.output<typeof sendResult> => ({
  messageId: id,
  conversationId,
  seq: result.seq ?? 0,
  revision: result.revision,
  position: String(result.position),
  acceptedAt: result.at,
  duplicate: result.duplicate,
})

/** The same as JSON text, concatenated: it is made for every message, and nothing in it needs escaping. */
export const sendResultText = (id: string, conversationId: string, result: CommandResult): string =>
  `{"messageId":"${id}","conversationId":"${conversationId}","seq":${result.seq ?? 0},"revision":${result.revision},` +
  `"position":"${result.position}","acceptedAt":${result.at},"duplicate":${result.duplicate}}`
