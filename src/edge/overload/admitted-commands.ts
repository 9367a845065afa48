import type { CommandResult, Commands } from '../../commands/commands.ts'
import type { Admission } from './admission-control.ts'

/**
 * The commands of clients: refused while earlier accepted ones are late. What this process has to do by itself
 * bypasses this.
 */
export const admittedCommands = (commands: Commands, admission: Admission): Commands => {
  const counted = async (work: Promise<CommandResult>, done: (position?: bigint) => void): Promise<CommandResult> => {
    let position: bigint | undefined
    try {
      const result = await work
      if (!result.duplicate) position = result.position
      return result
    } finally {
      done(position)
    }
  }
  return {
    ...commands,
    execute: async (conversationId, command, ciphertext) => {
      const done = admission.enter(command.actor.userId)
      return counted(commands.execute(conversationId, command, ciphertext), done)
    },
    check: async (conversationId, command) => {
      admission.check(command.actor.userId)
      return commands.check(conversationId, command)
    },
  }
}
