import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { OnlineUsers } from '../ports/online-users.ts'
import { type ActiveUsers, createActiveUsers } from '../presence/active-users.ts'
import { every } from '../presence/every.ts'
import { createLookAt, type LookAt } from '../presence/look-at.ts'
import { createPresenceFacts } from '../presence/presence-facts.ts'
import { createVisibility } from '../presence/visibility.ts'
import { createWatchers, type Watchers } from '../presence/watchers.ts'
import type { PresenceLink, PresenceNews } from '../processes/live/presence-news.ts'
import type { Queries } from '../projections/queries/create-queries.ts'
import type { OpenAccounts } from './identity/open-accounts.ts'

/** The store of online users, and the channel on which processes report changes. */
export interface PresenceEngine {
  readonly online: OnlineUsers
  /** The name of this process. No other process ever has it. */
  readonly processId: string
  /** Undefined in a deployment with one process. */
  readonly link?: PresenceLink
}

export interface PresenceDeps {
  readonly config: Pick<Config, 'presence'>
  readonly engine: PresenceEngine
  readonly accounts: Pick<OpenAccounts, 'store' | 'users'>
  readonly queries: Pick<Queries, 'contacts'>
  readonly metrics: Metrics
  readonly logger: Logger
}

export interface OpenPresence {
  readonly activeUsers: ActiveUsers
  readonly watchers: Watchers
  readonly lookAt: LookAt
  /** What this user may see, or who may see this user, has changed. Reported to all processes. */
  rulesChanged(userId: string): void
  /** The same, for changes that every process learns of by itself. */
  rulesChangedHere(userId: string): void
  close(): Promise<void>
}

/** The limit for all sessions of a user at one process, as a multiple of the limit for one session. */
const sessionsOfUser = 5

export const openPresence = async (deps: PresenceDeps): Promise<OpenPresence> => {
  const { config, engine, accounts, queries, metrics, logger } = deps
  const { online, processId, link } = engine
  const { store, users } = accounts
  const now = () => performance.now()
  const failing = (error: unknown) => logger.warn({ err: error }, 'presence failed and will be tried again')
  const visibility = createVisibility({
    records: store,
    blockedBy: async (userId) => (await users.consent(userId)).blocked,
    contacts: queries.contacts,
  })
  const facts = createPresenceFacts({ online, records: store })
  const watchers = createWatchers({
    ...{ visibility, facts, every, now, random: Math.random, onError: failing },
    maxOfWatcher: config.presence.maxWatched,
    maxOfUser: config.presence.maxWatched * sessionsOfUser,
    onSent: (changes) => metrics.presenceUpdates.inc(changes),
  })
  const activeUsers = createActiveUsers({
    ...{ processId, online, records: store, every, now, date: Date.now, onError: failing },
    ttlMs: config.presence.ttlMs,
    onChanged: (userIds) => {
      watchers.changed(userIds)
      link?.changed(userIds)
    },
  })
  metrics.watchPresence(() => ({ active: activeUsers.size(), watched: watchers.size() }))
  const hear = ({ changed = [], rules }: PresenceNews): void => {
    watchers.changed(changed)
    if (rules !== undefined) watchers.rulesChanged(rules)
  }
  const stop = await link?.listen(hear)
  return {
    ...{ activeUsers, watchers },
    lookAt: createLookAt({ visibility, facts, sleep }),
    rulesChanged: (userId) => {
      watchers.rulesChanged(userId)
      link?.rulesChanged(userId)
    },
    rulesChangedHere: watchers.rulesChanged,
    close: async () => {
      await stop?.()
      watchers.close()
      activeUsers.close()
    },
  }
}
