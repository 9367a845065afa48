import type { Commands } from '../../commands/commands.ts'
import type { StorageQuota } from './storage-quota.ts'

/** Approximately what an event takes besides its body. */
const eventBytes = 400

/** The same commands; what they store counts against the user who gives them. */
export const meteredCommands = (commands: Commands, spending: StorageQuota): Commands => ({
  ...commands,
  execute: async (conversationId, command, ciphertext) => {
    // A number is accepted once, whatever comes with it.
    const name = `${command.actor.deviceId}/${conversationId}/${command.clientSeq}`
    spending.take(command.actor.userId, eventBytes + (ciphertext?.length ?? 0), name)
    return commands.execute(conversationId, command, ciphertext)
  },
})
