import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createUserCommands } from '../../commands/create-user-commands.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { type Notifier, startNotifier } from '../../processes/push/push-notifier.ts'
import { openPush } from '../push/open-push.ts'
import { type PartitionWorkParts, partitionWork } from './partition-work.ts'

export interface NotifierParts extends PartitionWorkParts {
  readonly metrics: Metrics
  readonly logger: Logger
}

const fewUsers = { maxIdle: 1_000, maxPending: 1_000, timeoutMs: 10_000 }

/** Wakes devices of users who are away. */
export const openNotifier = async (parts: NotifierParts): Promise<Notifier> => {
  const { engines, read, config, logger, metrics } = parts
  const { log, snapshots, registry } = engines
  const onConflict = (): void => metrics.conflicts.inc()
  const users = createUserCommands(
    { log, snapshots, now: Date.now, random: Math.random, sleep, onConflict, shared: true },
    fewUsers,
  )
  const notifier = await openPush({
    ...{ config, logger, metrics, store: engines.accounts, services: engines.push },
    ...{ documents: read.documents, collectionOf: read.collectionOf },
    liveAmong: async (userIds) => new Set((await registry.gatewaysOf(userIds)).keys()),
    blockedBy: async (userId) => (await users.consent(userId)).blocked,
    follow: (deps) => startNotifier({ ...partitionWork(parts), ...deps }),
  })
  return {
    close: async () => {
      await notifier.close()
      await users.close()
    },
  }
}
