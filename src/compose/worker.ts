import type { Logger } from 'pino'
import type { Commands } from '../commands/commands.ts'
import type { AccountStore } from '../ports/accounts.ts'
import type { EventReader, RecordedEvent } from '../ports/event-log.ts'
import type { Watermark } from '../ports/watermark.ts'
import { createViews, type ViewsDeps } from '../projections/queries/views.ts'
import { createLeaveConversations } from '../roles/leave-conversations.ts'
import { type ProcessManager, startProcessManager } from '../roles/process-manager.ts'
import { createRemoveDevices } from '../roles/remove-devices.ts'

export interface WorkerParts extends ViewsDeps {
  readonly log: Pick<EventReader, 'epoch' | 'subscribe'>
  readonly watermark: Watermark
  readonly commands: Commands
  readonly store: AccountStore
  readonly logger: Logger
}

type React = (event: RecordedEvent) => (() => Promise<boolean>) | undefined

const createIsGone =
  (store: Pick<AccountStore, 'standing'>) =>
  async (userId: string, deviceId: string): Promise<boolean> => {
    const { account, devices, erased } = await store.standing(userId)
    if (erased || account?.status === 'deactivated') return true
    return devices.some((one) => one.deviceId === deviceId && one.revokedAt !== null)
  }

/** The process managers of one process, each with a place in the log of its own. */
export const startWorker = async (parts: WorkerParts): Promise<ProcessManager> => {
  const views = createViews(parts)
  const start = (name: string, react: React): Promise<ProcessManager> =>
    startProcessManager({
      name,
      log: parts.log,
      checkpoints: parts.store,
      react,
      onError: (error) => parts.logger.warn({ err: error, process: name }, 'a process failed and will be tried again'),
    })
  const managers = await Promise.all([
    start('leave-conversations', createLeaveConversations({ ...parts, views })),
    start('remove-devices', createRemoveDevices({ ...parts, views, isGone: createIsGone(parts.store) })),
  ])
  return { close: async () => void (await Promise.all(managers.map((manager) => manager.close()))) }
}
