import type { Logger } from 'pino'
import type { Commands } from '../../commands/commands.ts'
import type { UserCommands } from '../../commands/create-user-commands.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import type { BodyKeys } from '../../ports/body-keys.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'
import type { ParkedReaction } from '../../ports/parked-reactions.ts'
import { createViews, type ViewsDeps } from '../../projections/reading/view-reader.ts'
import type { Watermark } from '../../projections/watermark/watermark.ts'
import { createDestroyBodyKeys } from './destroy-body-keys.ts'
import { startExpireMessages } from './expire-messages.ts'
import { createLeaveConversations } from './leave-conversations.ts'
import { type ProcessManager, startProcessManager } from './process-manager.ts'
import { leaveConversations, nameInLog, noteRequests, removeDevices } from './process-names.ts'
import type { Reaction } from './reaction.ts'
import { createRecordRequests } from './record-requests.ts'
import { createRemoveDevices } from './remove-devices.ts'
import { reportParked } from './report-parked.ts'
import { createCaughtUp } from './wait-for-views.ts'

export interface WorkerParts extends ViewsDeps {
  readonly log: Pick<EventLogs, 'logs' | 'heads' | 'readStream'>
  /** Streams whose views stand still. */
  readonly parkedStreams: () => Promise<readonly string[]>
  readonly watermark: Watermark
  readonly commands: Commands
  readonly users: UserCommands
  readonly store: AccountStore
  /** The keys of bodies that are sealed in the log; undefined where the log blanks them. */
  readonly bodyKeys: Pick<BodyKeys, 'take'> | undefined
  /** How many streams are parked, now and then. */
  readonly onParkedCount: (count: number) => void
  readonly logger: Logger
}

const createIsGone =
  (store: Pick<AccountStore, 'standing'>) =>
  async (userId: string, deviceId: string): Promise<boolean> => {
    const { account, devices, erased } = await store.standing(userId)
    if (erased || account?.status === 'deactivated') return true
    return devices.some((one) => one.deviceId === deviceId && one.revokedAt !== null)
  }

const watchEveryMs = 5_000

/** How many streams are parked, by whomever, for as long as this process does what follows from events. */
const watchParked = ({ store, onParkedCount, logger }: Pick<WorkerParts, 'store' | 'onParkedCount' | 'logger'>) => {
  const look = async (): Promise<void> => {
    try {
      onParkedCount(await store.parkedReactionCount())
    } catch (err) {
      logger.warn({ err }, 'what is parked could not be counted')
    }
  }
  void look()
  const looking = setInterval(() => void look(), watchEveryMs)
  return {
    look,
    close: (): void => {
      clearInterval(looking)
      onParkedCount(0)
    },
  }
}

/** The process managers of one process, each with a place of its own in each log: one log that is away holds up its own. */
export const startWorker = async (parts: WorkerParts): Promise<ProcessManager> => {
  const views = createViews(parts)
  const caughtUp = createCaughtUp(parts.log, parts.watermark)
  const watched = watchParked(parts)
  const onParked = (reaction: ParkedReaction): void => {
    reportParked(parts.logger)(reaction)
    void watched.look()
  }
  const start = (process: string, reaction: Reaction): readonly Promise<ProcessManager>[] =>
    parts.log.logs.map((log, index) => {
      const name = nameInLog(process, index)
      const onError = (error: unknown): void =>
        parts.logger.warn({ err: error, process: name }, 'a process failed and will be tried again')
      const kept = { checkpoints: parts.store, records: parts.store }
      return startProcessManager({ name, log, ...kept, ...reaction, now: Date.now, onError, onParked })
    })
  const managers = await Promise.all([
    ...start(leaveConversations, createLeaveConversations({ ...parts, views, caughtUp })),
    ...(parts.bodyKeys === undefined ? [] : start('destroy-body-keys', createDestroyBodyKeys(parts.bodyKeys))),
    ...start(removeDevices, createRemoveDevices({ ...parts, views, caughtUp, isGone: createIsGone(parts.store) })),
    ...start(noteRequests, createRecordRequests(parts)),
  ])
  const expiry = startExpireMessages({
    ...{ commands: parts.commands, views, now: Date.now, elapsed: () => performance.now() },
    onError: (err) => parts.logger.warn({ err }, 'messages did not expire; it will be tried again'),
  })
  return {
    close: async () => {
      await Promise.all([...managers, expiry].map((one) => one.close()))
      watched.close()
    },
  }
}
