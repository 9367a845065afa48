import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMemoryLog, createMemoryStorage } from '../../../src/adapters/memory/event-log.ts'
import type { Commands } from '../../../src/commands/commands.ts'
import { type CommandsDeps, type CommandsOptions, createCommands } from '../../../src/commands/create-commands.ts'
import { type Actor, deviceId, messageId, userId } from '../../../src/domain/ids.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { beginningOf, encryptedTo } from '../groups/beginning.ts'

/** The real write side over a log in memory, whose appends a test can bend. */
export const actor = (user: string, device = 'phone'): Actor => ({ userId: userId(user), deviceId: deviceId(device) })

export const harness = (
  bend: (log: EventLog) => EventLog = (log) => log,
  changes: Partial<CommandsDeps & CommandsOptions> = {},
) => {
  const memory = createMemoryLog(createMemoryStorage())
  const log = bend(memory)
  const conflicts = { count: 0 }
  const commands = createCommands(
    {
      log,
      snapshots: memory.snapshots,
      originalOf: async () => undefined,
      wasDeleted: async () => false,
      mayNameMedia: async () => true,
      now: Date.now,
      newId: randomUUID,
      random: () => 0.5,
      sleep,
      onConflict: () => {
        conflicts.count += 1
      },
      ...changes,
    },
    { maxIdle: 100, maxPending: 1000, timeoutMs: 400, receiptsWindowMs: 20, ...changes },
  )
  return { log: memory, commands, conflicts }
}

/** The start of a group of these members, with an encryption group of everybody's phones at epoch 1. */
export const groupStart = async (id: string, by: Actor, members: readonly [string, ...string[]]) => {
  const others = members.map((member) => actor(member))
  const { group, body } = await beginningOf(id, by, others)
  const numbers = { actor: by, clientSeq: 1, afterClientSeq: 0 }
  return { command: { type: 'StartGroup' as const, ...numbers, members: members.map(userId), group }, body }
}

export const startGroup = async (commands: Commands, ...start: Parameters<typeof groupStart>) => {
  const { command, body } = await groupStart(...start)
  return commands.execute(start[0], command, body)
}

export const sendText = (
  commands: Commands,
  id: string,
  by: Actor,
  clientSeq: number,
  options: { after?: number; message?: string; size?: number } = {},
) =>
  commands.execute(
    id,
    {
      type: 'SendMessage',
      actor: by,
      clientSeq,
      afterClientSeq: options.after ?? clientSeq - 1,
      messageId: messageId(options.message ?? randomUUID()),
    },
    options.size === undefined ? encryptedTo(id) : encryptedTo(id, 'm'.repeat(options.size)),
  )
