import type { Spending } from '../bounds/spending.ts'
import type { Commands } from '../commands/commands.ts'

/** What an event takes beside its body, about. */
const eventBytes = 400

/** The same commands; what they store is counted against who gives them. */
export const meteredCommands = (commands: Commands, spending: Spending): Commands => ({
  ...commands,
  execute: async (conversationId, command, ciphertext) => {
    spending.take(command.actor.userId, eventBytes + (ciphertext?.length ?? 0))
    return commands.execute(conversationId, command, ciphertext)
  },
})
