import type { AccessEnd } from '@backscroll/protocol/close-codes'
import type { Logger } from 'pino'
import type { Api, Readiness } from '../api/api-deps.ts'
import type { Commands } from '../commands/commands.ts'
import type { Config } from '../config/config.ts'
import type { EventLogs } from '../event-log/event-logs.ts'
import type { Positions } from '../event-log/positions.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { SessionReach } from '../gateway/sessions/session-reach.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { DocumentReader } from '../ports/document-store.ts'
import type { Leases } from '../ports/leases.ts'
import type { MediaStore } from '../ports/media-store.ts'
import type { AskProcesses } from '../ports/processes.ts'
import type { SharedLimits } from '../ports/shared-limits.ts'
import type { SnapshotStore } from '../ports/snapshot-store.ts'
import type { Queries } from '../projections/queries/create-queries.ts'
import type { Rosters } from '../projections/sync/sync-service.ts'
import type { ViewsControl } from '../projections/views-control.ts'
import type { Watermark } from '../projections/watermark/watermark.ts'
import type { AccountDatabase, OpenAccounts } from './identity/open-accounts.ts'
import type { PresenceEngine } from './open-presence.ts'

/** The parts of a profile: its engines, its views, and how live events reach its sessions. */
export interface ServerParts {
  readonly config: Config
  readonly logger: Logger
  readonly metrics: Metrics
  readonly log: EventLogs
  /** Other processes append to the logs too. */
  readonly sharedLog: boolean
  readonly snapshots: SnapshotStore
  readonly documents: DocumentReader
  /** The live generation of a view: its physical collection. */
  readonly collectionOf: (view: string) => string
  readonly watermark: Watermark
  /** Whether the views of a stream stand still. Default: as a single runner records it in `documents`. */
  readonly isParked?: (stream: string) => Promise<boolean>
  /** Where an operator can control the views. */
  readonly viewsControl: ViewsControl
  readonly blobs: BlobStore
  /** Uploaded files. `leases` is set where several processes share them. */
  readonly media: { readonly store: MediaStore; readonly leases?: Leases }
  readonly accountStore: AccountDatabase
  readonly rosters: Rosters
  /** Positions up to which live events have arrived at this process. */
  readonly dispatched: () => Positions
  readonly reach?: SessionReach
  /** Closes the sockets of a user whose access has ended, wherever they are. */
  readonly revoked?: (userId: string, why: AccessEnd, deviceId?: string) => void
  readonly presence: PresenceEngine
  readonly readiness: Readiness
  /** Asks all processes what they have to do. Default: only this one. */
  readonly askProcesses?: AskProcesses
  /** What the processes of a cluster tell each other about limits. */
  readonly shared?: { readonly limits: SharedLimits; readonly holder: string }
  /** Storage space is running out. Default: never. */
  readonly isShortOfSpace?: () => boolean
  readonly serves: { readonly api: boolean; readonly gateway: boolean }
}

/** The commands, queries, gateway and API of a process. */
export interface Server {
  readonly api: Api
  readonly gateway: Gateway
  readonly commands: Commands
  readonly queries: Queries
  readonly accounts: OpenAccounts
  /** Answers the base URL that it listens on. */
  listen(): Promise<string>
  /** New requests are refused from now on. */
  draining(): boolean
  /** Refuses new work, sends clients away to reconnect, finishes what is in flight. The engines stay open. */
  stop(beforeCommandsClose?: () => Promise<void>): Promise<void>
}
