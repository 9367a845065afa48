import type { ClientOptions } from '../api/client-api.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { ProtectionDeps } from '../protection/protection.ts'
import type { ClientRecords } from '../records/client-records.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ClientKept } from './client-kept.ts'
import type { ClientTopics } from './client-topics.ts'
import type { ServerAccess } from './server-access.ts'

interface Parts {
  readonly options: ClientOptions
  readonly kept: ClientKept
  readonly basis: ClientBasis
  readonly server: ServerAccess
  readonly topics: ClientTopics
  readonly outbox: Outbox
}

/** What the protection depends on. It adds commands of its own to the outbox, and processes incoming events. */
export const protectionDeps = (
  { options, basis, server, topics, outbox, kept }: Parts,
  { stored }: ClientRecords,
): ProtectionDeps => {
  const { me, store, lazy, clock, time, random, newId, onError, feed } = basis
  const { rest, connection, isLive } = server
  return {
    ...{ me, store, stored, lazy, rest, clock, time, random, newId, onError, outbox, isLive },
    expireKept: kept.replica.expire,
    knows: topics.knows.ask,
    caughtUp: topics.caughtUp.ask,
    tell: topics.notice.tell,
    onObstacle: topics.waiting.tell,
    transfersHistory: options.transferHistory ?? true,
    onBackup: (status) => feed.signal({ type: 'backup', status }),
    onHistoryTransfer: (transfer) => feed.signal({ type: 'history_transfer', transfer }),
    onImported: kept.replica.refresh,
    onWaiting: (ways) => {
      connection.dispatch({ type: 'approval_needed' })
      feed.signal({ type: 'approval_needed', ...ways })
    },
  }
}
