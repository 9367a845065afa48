import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMemoryLog, createMemoryStorage } from '../../src/adapters/memory/event-log.ts'
import type { Commands } from '../../src/commands/commands.ts'
import { type CommandsDeps, type CommandsOptions, createCommands } from '../../src/commands/create-commands.ts'
import { type Actor, deviceId, messageId, userId } from '../../src/domain/ids.ts'
import type { EventLog } from '../../src/ports/event-log.ts'

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

export const startGroup = (commands: Commands, id: string, by: Actor, members: readonly string[]) =>
  commands.execute(
    id,
    { type: 'StartGroup', actor: by, clientSeq: 1, afterClientSeq: 0, members: members.map(userId) },
    null,
  )

export const sendText = (
  commands: Commands,
  id: string,
  by: Actor,
  clientSeq: number,
  options: { after?: number; message?: string } = {},
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
    'aGVsbG8=',
  )
