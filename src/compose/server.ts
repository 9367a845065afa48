import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createApi } from '../api/create-api.ts'
import type { Api, Readiness } from '../api/deps.ts'
import { createTokenVerifier } from '../auth/token-verifier.ts'
import { createMetering } from '../bounds/metering.ts'
import { createSpending } from '../bounds/spending.ts'
import type { Commands } from '../commands/commands.ts'
import { createCommands } from '../commands/create-commands.ts'
import { createPrepareCommit } from '../commands/prepare-commit.ts'
import type { WriterDeps } from '../commands/stream-writer.ts'
import type { Config } from '../config.ts'
import { createGateway, type Gateway } from '../gateway/gateway.ts'
import { defaultGatewayConfig } from '../gateway/gateway-config.ts'
import { gatewayPlugin } from '../gateway/gateway-plugin.ts'
import type { Reach } from '../gateway/reach.ts'
import { watchDescriptors } from '../observability/descriptor-watch.ts'
import { measuredCommands } from '../observability/measured-commands.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { DocumentReader } from '../ports/document-store.ts'
import type { EventLogs } from '../ports/event-logs.ts'
import type { Positions } from '../ports/positions.ts'
import type { SharedLimits } from '../ports/shared-limits.ts'
import type { SnapshotStore } from '../ports/snapshot-store.ts'
import type { ViewsControl } from '../ports/views-control.ts'
import type { Watermark } from '../ports/watermark.ts'
import { createQueries, type Queries } from '../projections/queries/create-queries.ts'
import { createSyncService } from '../projections/sync/resume.ts'
import { createSnapshot } from '../projections/sync/snapshot.ts'
import type { Rosters } from '../projections/sync-service.ts'
import type { AccessEnd } from '../protocol/close-codes.ts'
import { followAccounts } from '../roles/follow-accounts.ts'
import { createReactionsControl } from '../roles/reactions-control.ts'
import { type AccountDatabase, type OpenAccounts, openAccounts } from './accounts.ts'
import { openAdmission, readyWithin } from './admission.ts'
import { admittedCommands } from './admitted-commands.ts'
import { closeApi } from './close-api.ts'
import { openConsent } from './consent.ts'
import { createIsDeviceKey } from './device-keys.ts'
import { openDeviceProofs } from './device-proofs.ts'
import { keySource } from './key-source.ts'
import { meteredCommands } from './metered-commands.ts'
import { loadExternal, openOAuth } from './oauth.ts'
import { gatewayMetrics, reportForeign } from './observe.ts'
import { createPublicUrl } from './public-url.ts'
import { createReading } from './reading.ts'
import { version } from './version.ts'

/** What a profile brings: its engines, its views, and how live events come to its sessions. */
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
  /** Where an operator can look after the views. */
  readonly viewsControl: ViewsControl
  readonly blobs: BlobStore
  readonly accountStore: AccountDatabase
  readonly rosters: Rosters
  /** Positions up to which live events have come to this process. */
  readonly dispatched: () => Positions
  readonly reach?: Reach
  /** Closes the sockets of a user whose access has ended, wherever they are. */
  readonly revoked?: (userId: string, why: AccessEnd, deviceId?: string) => void
  readonly readiness: Readiness
  /** What the processes of a cluster tell each other of limits. */
  readonly shared?: { readonly limits: SharedLimits; readonly holder: string }
  /** Space for what is stored runs out. Default: nobody says so. */
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

/** Conversations whose state, and whose roster, stay in memory. */
export const hotConversations = 20_000

const commandOptions = ({ receiptWindowMs }: Config) => ({
  maxIdle: hotConversations,
  maxPending: 4_096,
  timeoutMs: 10_000,
  receiptsWindowMs: receiptWindowMs,
})

const limitSettings = ({ gateway, api, storing }: Config) => ({
  framesPerSecond: gateway.framesPerSecond,
  frameBurst: gateway.frameBurst,
  requestsPerMinute: api.requestsPerMinute,
  storedBytesPerHour: storing.bytesPerHour,
  handshakesPerMinute: gateway.handshakesPerMinute,
  socketsOfUser: gateway.socketsOfUser,
  socketsOfAddress: gateway.socketsOfAddress,
  handshakes: defaultGatewayConfig.maxHandshakes,
})

const gatewayConfig = ({ gateway }: Config) => ({
  heartbeatMs: gateway.heartbeatMs,
  maxFrameBytes: gateway.maxFrameBytes,
  maxInFlight: gateway.maxInFlight,
  framesPerSecond: gateway.framesPerSecond,
  burst: gateway.frameBurst,
  maxPendingBytes: gateway.maxOutboxBytes,
  socketsOfUser: gateway.socketsOfUser,
  socketsOfAddress: gateway.socketsOfAddress,
  handshakesPerMinute: gateway.handshakesPerMinute,
})

/** Puts a process together from what its profile brings. Rejects with an `OperatorError` for what an operator can mend. */
export const createServer = async (parts: ServerParts): Promise<Server> => {
  const { config, logger, metrics, log, snapshots, watermark, blobs, serves } = parts
  const views = { ...parts, now: Date.now }
  const queries = createQueries(views)
  const { slices, ...lines } = createReading(config, metrics)
  const sync = createSyncService({ ...views, turn: slices.turn, onForeign: reportForeign(metrics, logger) })
  const stopWatching = watchDescriptors({ metrics, logger })
  let draining = false

  const writer: WriterDeps = {
    log,
    snapshots,
    now: Date.now,
    random: Math.random,
    sleep,
    onConflict: () => metrics.conflicts.inc(),
    shared: parts.sharedLog,
  }
  const external = await loadExternal(config)
  const publicUrl = createPublicUrl(config)
  const accounts = openAccounts({
    config,
    publicUrl,
    store: parts.accountStore,
    writer,
    revoke: (user, why, device) => {
      gateway.revoke(user, why, device)
      parts.revoked?.(user, why, device)
    },
    logger,
  })
  const metering = createMetering({
    settings: limitSettings(config),
    shared: parts.shared,
    now: () => performance.now(),
  })
  const { meter, limits } = metering
  const isShort = parts.isShortOfSpace ?? (() => false)
  const spending = createSpending({ meter, limit: limits.storedBytes, isShort })
  const unmetered = measuredCommands(
    createCommands(
      {
        ...writer,
        originalOf: queries.originalOf,
        wasDeleted: queries.wasDeleted,
        wasEverMember: queries.wasEverMember,
        isIdTaken: queries.isIdTaken,
        newId: randomUUID,
        readsInPrivate: accounts.readsInPrivate,
      },
      commandOptions(config),
    ),
    metrics,
  )
  const commands = meteredCommands(unmetered, spending)
  const admission = openAdmission(parts)
  const ofClients = admittedCommands(commands, admission)
  const proofs = await openDeviceProofs(config, parts.accountStore)
  const oauth = await openOAuth({ config, accounts, publicUrl, proofs, logger, now: Date.now })
  const issuers = { external, issuerUrl: oauth.issuerUrl }
  const verifier = createTokenVerifier({ keys: await keySource(config), ...config.tokens, ...issuers })
  const guard = accounts.guard(verifier, proofs)
  const gateway = createGateway({
    ...lines,
    turn: slices.turn,
    metering,
    commands: ofClients,
    sync,
    rosters: parts.rosters,
    verifier: guard.sockets,
    judge: accounts.judge,
    watermark,
    dispatched: parts.dispatched,
    logger,
    config: gatewayConfig(config),
    metrics: gatewayMetrics(metrics),
    ...(parts.reach !== undefined && { reach: parts.reach }),
  })
  const isDeviceKey = createIsDeviceKey(accounts)
  const api = await createApi(
    {
      ...lines,
      metering,
      spending,
      commands: ofClients,
      prepareCommit: createPrepareCommit({ blobs, isDeviceKey }),
      ...openConsent({ config, accounts, queries, commands, log, watermark }),
      isDeviceKey,
      blobs,
      queries,
      sync,
      snapshot: createSnapshot(views),
      watermark,
      log,
      verifier: guard.devices,
      newDevices: guard.newDevices,
      proofs: guard.proofs,
      accounts,
      readiness: readyWithin(parts.readiness, admission),
      viewsControl: parts.viewsControl,
      reactions: createReactionsControl({ records: parts.accountStore, sleep }),
      draining: () => draining,
      metrics,
      settings: config.api,
      version,
      publicUrl: publicUrl.of,
      routes: serves.api ? 'all' : 'operations',
    },
    logger,
    async (app) => {
      if (serves.gateway) await app.register(gatewayPlugin, { gateway })
      if (serves.api) await oauth.plugin(app)
    },
  )

  const followed = followAccounts({
    logs: log.logs,
    look: (userId) => {
      accounts.standings.forget(userId)
      gateway.lookAgain(userId)
    },
    onError: (error) => logger.warn({ err: error }, 'following the accounts failed, and will be tried again'),
  })

  return {
    api,
    gateway,
    commands,
    queries,
    accounts,
    listen: async () => {
      const url = await api.listen({ host: config.host, port: config.port })
      publicUrl.listening(url)
      return url
    },
    draining: () => draining,
    stop: async (beforeCommandsClose = async () => {}) => {
      draining = true
      await gateway.drain()
      await followed.close()
      await closeApi(api, Math.min(3_000, config.shutdownGraceMs / 3))
      lines.unread.close()
      await beforeCommandsClose()
      await commands.close()
      await accounts.close()
      admission.close()
      stopWatching()
    },
  }
}
