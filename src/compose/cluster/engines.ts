import type { BlobStore } from '../../ports/blob-store.ts'
import type { Channels } from '../../ports/channels.ts'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { EventBus } from '../../ports/event-bus.ts'
import type { EventLog } from '../../ports/event-log.ts'
import type { Leases } from '../../ports/leases.ts'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import type { SnapshotStore } from '../../ports/snapshot-store.ts'
import type { AccountDatabase } from '../accounts.ts'

/** What a process of a cluster works on; all of it is shared with the other processes. */
export interface ClusterEngines {
  readonly log: EventLog
  /** Why the log takes no appends now; undefined while it does. */
  readonly logTrouble: () => string | undefined
  readonly bus: EventBus
  readonly documents: DocumentStore
  readonly snapshots: SnapshotStore
  readonly registry: SessionRegistry
  readonly channels: Channels
  readonly accounts: AccountDatabase
  readonly leases: Leases
  readonly blobs: BlobStore
  close(): Promise<void>
}

/** What is derived from a log carries the beginning of its epoch in its name: a log that was restored finds nothing of its former life. */
export const lifeOf = ({ epoch }: Pick<EventLog, 'epoch'>): string => epoch.slice(0, 8)
