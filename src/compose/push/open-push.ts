import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../../config/config.ts'
import { openPushTarget } from '../../identity/accounts/devices/sealed-push-target.ts'
import { createSealer } from '../../identity/tokens/keys/sealing-key.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'
import type { DueWake } from '../../ports/identity/push-records.ts'
import type { PushService, PushTarget } from '../../ports/push.ts'
import type { Notifier } from '../../processes/push/push-notifier.ts'
import type { PushSenderDeps } from '../../processes/push/push-sender.ts'
import { startWaker } from '../../processes/push/start-waker.ts'
import { createUnacknowledged } from '../../processes/push/unacknowledged.ts'
import type { WakeWatch } from '../../processes/push/wake-devices.ts'
import { createWakeJudge } from '../../processes/push/wake-judge.ts'
import { createMarks } from '../../projections/queries/marks-queries.ts'
import { createViews, type ViewsDeps } from '../../projections/reading/view-reader.ts'

export interface PushParts extends ViewsDeps {
  readonly config: Pick<Config, 'push' | 'gateway' | 'dataDirectory'>
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'pushes' | 'pushFailures' | 'pushBacklog' | 'pushAge'>
  readonly store: AccountStore
  readonly services: readonly PushService[]
  readonly liveAmong: PushSenderDeps['liveAmong']
  readonly blockedBy: PushSenderDeps['blockedBy']
  /** Follows the messages and records the wake-ups that are owed. */
  readonly follow: (deps: Omit<PushSenderDeps, 'ended'>) => Promise<Notifier>
}

/** A dead connection is found within two heartbeats. */
const heartbeatsUntilDead = 3
const measureEveryMs = 5_000

const watchOf = ({ metrics, logger }: Pick<PushParts, 'metrics' | 'logger'>): WakeWatch => ({
  onSettled: (service, outcome) => metrics.pushes.inc({ service, outcome }),
  onFailed: (service, code) => metrics.pushFailures.inc({ service, code }),
  onTrouble: (service, code) =>
    logger.error({ service, code }, 'a push service takes nothing; what is due waits, and is tried again'),
})

const openerOf = ({ config }: Pick<PushParts, 'config'>) => {
  const sealer = createSealer(join(config.dataDirectory, 'keys'))
  return async (wake: DueWake): Promise<PushTarget | undefined> =>
    wake.kind === 'webhook' ? { kind: 'webhook' } : openPushTarget(sealer, wake, wake.target)
}

const measure = ({ metrics, store }: Pick<PushParts, 'metrics' | 'store'>, onError: (error: unknown) => void) => {
  const look = async (): Promise<void> => {
    const now = Date.now()
    const { due, oldest } = await store.pushBacklog(now)
    metrics.pushBacklog.set(due)
    metrics.pushAge.set(oldest === null ? 0 : (now - oldest) / 1000)
  }
  return setInterval(() => void look().catch(onError), measureEveryMs).unref()
}

/**
 * Wakes devices that are away: follows the messages, and sends what is due. Nothing runs if no service is
 * configured.
 */
export const openPush = async (parts: PushParts): Promise<Notifier> => {
  const { config, logger, store, services, liveAmong, blockedBy, follow } = parts
  if (services.length === 0) return { close: async () => {} }
  const onError = (err: unknown): void => logger.warn({ err }, 'the notifier: failed, and will be tried again')
  const views = createViews(parts)
  const unacknowledged = createUnacknowledged(views)
  const { unmuted } = createMarks(views)
  const { graceMs, quietMs } = config.push
  const shared = { unacknowledged, liveAmong, graceMs, now: Date.now, onError, store }
  const deadAfterMs = config.gateway.heartbeatMs * heartbeatsUntilDead
  const judge = createWakeJudge({ ...shared, deadAfterMs, unmuted: (messages) => unmuted(messages, Date.now()) })
  const waking = { ...shared, judge, quietMs, random: Math.random, watch: watchOf(parts), openTarget: openerOf(parts) }
  const wakers = services.map((service) => startWaker({ ...waking, service }))
  const byWebhook = services.some(({ kind }) => kind === 'webhook')
  const onOwed = (): void => {
    for (const waker of wakers) waker.poke()
  }
  const notifier = await follow({ ...shared, deadAfterMs, blockedBy, byWebhook, onOwed })
  const measuring = measure(parts, onError)
  return {
    close: async () => {
      clearInterval(measuring)
      await notifier.close()
      await Promise.all(wakers.map((waker) => waker.close()))
      await Promise.all(services.map((service) => service.close()))
    },
  }
}
