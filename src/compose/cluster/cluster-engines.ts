import type { EventLogs } from '../../event-log/event-logs.ts'
import type { Partitioning } from '../../event-log/partitioning.ts'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { BodyKeys } from '../../ports/body-keys.ts'
import type { Channels } from '../../ports/channels.ts'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { EventBus } from '../../ports/event-bus.ts'
import type { Leases } from '../../ports/leases.ts'
import type { MediaStore } from '../../ports/media-store.ts'
import type { OnlineUsers } from '../../ports/online-users.ts'
import type { PushService } from '../../ports/push.ts'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import type { SharedLimits } from '../../ports/shared-limits.ts'
import type { SnapshotStore } from '../../ports/snapshot-store.ts'
import type { AccountDatabase } from '../identity/open-accounts.ts'

/** What a process of a cluster works with; it shares all of it with the other processes. */
export interface ClusterEngines {
  readonly log: EventLogs
  /** Why no log accepts appends now; undefined while one does. */
  readonly logTrouble: () => string | undefined
  /** One for each log. */
  readonly buses: readonly EventBus[]
  readonly documents: DocumentStore
  readonly snapshots: SnapshotStore
  readonly registry: SessionRegistry
  readonly channels: Channels
  readonly limits: SharedLimits
  readonly online: OnlineUsers
  /** The services that wake devices. Empty: nobody is woken. */
  readonly push: readonly PushService[]
  readonly accounts: AccountDatabase
  /** The keys of sealed bodies in the log; undefined where bodies are stored unsealed. */
  readonly bodyKeys: BodyKeys | undefined
  readonly leases: Leases
  readonly blobs: BlobStore
  /** The store of uploaded files, and the leases that decide which process writes to which file. */
  readonly media: { readonly store: MediaStore; readonly leases: Leases }
  close(): Promise<void>
}

/**
 * Data derived from a log carries the beginning of its epoch in its name: a restored log finds nothing of its
 * former life.
 */
export const lifeOf = ({ epoch }: Pick<EventLogs, 'epoch'>): string => epoch.slice(0, 8)

/** `partitions`: of one log. */
export const partitioningOf = ({ log }: Pick<ClusterEngines, 'log'>, partitions: number): Partitioning => ({
  logs: log.logs.length,
  partitions,
})
