import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Commands } from '../commands/commands.ts'
import type { PrepareCommit } from '../commands/rules/prepare-commit.ts'
import type { BringIn } from '../consent/bring-in.ts'
import type { Invites } from '../consent/invites.ts'
import type { LookUpUser } from '../consent/look-up-user.ts'
import type { OwnConsent } from '../consent/own-consent.ts'
import type { FairQueue } from '../edge/egress/fair-queue.ts'
import type { Unread } from '../edge/egress/unread-bytes.ts'
import type { ProcessLimits } from '../edge/limits/process-limits.ts'
import type { StorageQuota } from '../edge/limits/storage-quota.ts'
import type { EventLogs } from '../event-log/event-logs.ts'
import type { Accounts } from '../identity/accounts/create-accounts.ts'
import type { OwnMarks } from '../marks/own-marks.ts'
import type { Media } from '../media/create-media.ts'
import type { Moderation } from '../moderation/moderation.ts'
import type { Reports } from '../moderation/reports.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { DeviceProofs, RequestVerifier } from '../ports/identity/access.ts'
import type { QueueCounts } from '../ports/identity/queue-counts.ts'
import type { AskProcesses } from '../ports/processes.ts'
import type { ReactionsControl } from '../ports/reactions-control.ts'
import type { LookAt } from '../presence/look-at.ts'
import type { Queries } from '../projections/queries/create-queries.ts'
import type { SyncService } from '../projections/sync/sync-service.ts'
import type { createSnapshot } from '../projections/sync/sync-snapshot.ts'
import type { ViewsControl } from '../projections/views-control.ts'
import type { Watermark } from '../projections/watermark/watermark.ts'
import type { IsDeviceKey } from './requests/act-proof.ts'

export interface ApiSettings {
  readonly maxBodyBytes: number
  /** For one user. */
  readonly requestsPerMinute: number
  /** How long `?atLeast=` waits. */
  readonly atLeastTimeoutMs: number
  /** Origins that browsers may call from; none by default. */
  readonly corsOrigins: readonly string[]
  /** Addresses and networks whose X-Forwarded-For is believed; none by default. */
  readonly trustedProxies?: readonly string[]
  /** Serve /docs. */
  readonly docs: boolean
  /** The callers who may read /metrics. */
  readonly metrics: 'open' | 'admin' | 'off'
}

/** What `createSnapshot` makes. */
type Snapshot = ReturnType<typeof createSnapshot>

/** What the routes read; some are the write side's, `namedBlobs` the sweep's. */
type ApiQueries = Omit<
  Queries,
  | 'contacts'
  | 'isIdTaken'
  | 'isMediaNamed'
  | 'known'
  | 'mayReadMedia'
  | 'mayReadMediaSoon'
  | 'namedBlobs'
  | 'originalOf'
  | 'wasDeleted'
  | 'wasEverMember'
>

type ApiAccounts = Omit<
  Accounts,
  'guard' | 'close' | 'signIn' | 'standings' | 'readsInPrivate' | 'limits' | 'passwordResets'
>

/** What the API measures; Prometheus' own objects fit. */
export interface ApiMetrics {
  readonly registry: { readonly contentType: string; metrics(): Promise<string> }
  readonly requestDuration: { observe(labels: Record<'method' | 'route' | 'status', string>, seconds: number): void }
  readonly sentMediaBytes: { inc(bytes: number): void }
  readonly redirectedMedia: { inc(): void }
  readonly projectorLag: { set(positions: number): void }
  readonly refusedConnections: { inc(labels: Record<'reason', string>): void }
  readonly silentLogs: { set(logs: number): void }
}

/** Why the process cannot serve now; an empty list when it can. Each is one plain ASCII line. */
export type Readiness = () => Promise<readonly string[]>

/** What probes and scrapers need. */
export type OperationsDeps = Pick<
  ApiDeps,
  'readiness' | 'draining' | 'metrics' | 'settings' | 'log' | 'watermark' | 'verifier'
> & { readonly proofs?: Pick<DeviceProofs, 'nonce'> }

/** Everything that the API depends on. */
export interface ApiDeps {
  /** `operations`: only probes and metrics, where other processes serve the rest. */
  readonly routes?: 'all' | 'operations'
  readonly commands: Pick<Commands, 'execute' | 'check' | 'acknowledge' | 'acknowledgeWelcome' | 'closeConversation'>
  readonly prepareCommit: PrepareCommit
  /** Answers which of the users whom a command adds to a conversation are asked first. */
  readonly bringIn: BringIn
  readonly consent: OwnConsent
  readonly marks: OwnMarks
  readonly lookUpUser: LookUpUser
  readonly invites: Invites
  readonly presence: {
    readonly lookAt: LookAt
    /** What this user may see, or who may see this user, has changed. */
    rulesChanged(userId: string): void
  }
  readonly reports: Reports
  readonly moderation: Moderation
  /** Default: only the devices themselves check it. */
  readonly isDeviceKey?: IsDeviceKey
  readonly blobs: Pick<BlobStore, 'get'>
  readonly media: Media
  readonly queries: ApiQueries
  readonly sync: Pick<SyncService, 'page'>
  readonly snapshot: Snapshot
  readonly watermark: Watermark
  readonly log: Pick<EventLogs, 'heads' | 'silent'>
  readonly verifier: RequestVerifier
  /** Also believes tokens of devices that are not registered yet. */
  readonly newDevices: RequestVerifier
  readonly proofs: DeviceProofs
  readonly accounts: ApiAccounts
  /** The queue before pages, and what clients have not read, of the whole process. */
  readonly reads: FairQueue
  readonly unread: Unread
  readonly metering: Pick<ProcessLimits, 'limits' | 'meter'>
  /** What users have stored. */
  readonly spending: StorageQuota
  readonly readiness: Readiness
  readonly viewsControl: ViewsControl
  readonly reactions: ReactionsControl
  /** What waits in the accounts database, and how much each process has to do. */
  readonly queues: { readonly counts: () => Promise<QueueCounts>; readonly processes: AskProcesses }
  /** True from the moment that the process was told to stop: new requests get `shutting_down`. */
  readonly draining: () => boolean
  readonly metrics: ApiMetrics
  readonly settings: ApiSettings
  /** How clients reach this server, without a slash at its end; undefined while nothing listens and none was set. */
  readonly publicUrl?: () => string | undefined
  /** The version of this software. */
  readonly version: string
}

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  ZodTypeProvider
>
