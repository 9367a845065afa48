import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { openFileBlobs } from '../adapters/embedded/blobs/file-blobs.ts'
import { openEmbeddedDocumentReader } from '../adapters/embedded/documents/open-documents.ts'
import { type EmbeddedLog, openEmbeddedLog } from '../adapters/embedded/log/embedded-log.ts'
import { createApi } from '../api/create-api.ts'
import { createReadiness } from '../api/readiness.ts'
import type { KeySource } from '../auth/key-set.ts'
import { createLocalKeys } from '../auth/local-keys.ts'
import { createTokenVerifier } from '../auth/token-verifier.ts'
import { createCommands } from '../commands/create-commands.ts'
import { createPrepareCommit } from '../commands/prepare-commit.ts'
import type { Config } from '../config.ts'
import { createGateway } from '../gateway/gateway.ts'
import { gatewayPlugin } from '../gateway/gateway-plugin.ts'
import { measuredCommands } from '../observability/measured-commands.ts'
import { createMetrics } from '../observability/metrics.ts'
import { createFanOut, type FanOut } from '../projections/fan-out/create-fan-out.ts'
import { createLoadRosterAt } from '../projections/fan-out/load-roster.ts'
import { createQueries } from '../projections/queries/create-queries.ts'
import { createWatermark } from '../projections/reached-watermark.ts'
import { createViewCatalog } from '../projections/runner/view-catalog.ts'
import { createSyncService } from '../projections/sync/resume.ts'
import { createSnapshot } from '../projections/sync/snapshot.ts'
import { createViewsComplete } from '../projections/views-complete.ts'
import { openAccounts } from './accounts.ts'
import { createIsDeviceKey } from './device-keys.ts'
import { loadExternal, openOAuth } from './oauth.ts'
import { gatewayMetrics, observeLog } from './observe.ts'
import { startProjector } from './projector.ts'
import { startSweeps } from './sweep-blobs.ts'
import { version } from './version.ts'
import { startWorker } from './worker.ts'

/** A running server of the embedded profile. */
export interface Embedded {
  /** Base URL that it listens on. */
  readonly url: string
  /** Rejects when live delivery has failed for good: the process should end and be started again. */
  readonly failed: Promise<void>
  /** Refuses new work, sends clients away to reconnect, finishes and flushes what is in flight, closes all files. */
  stop(): Promise<void>
}

const keySource = async ({ tokens, dataDirectory }: Config): Promise<KeySource> => {
  if (tokens.jwksUrl !== undefined) return { jwksUrl: tokens.jwksUrl }
  if (tokens.jwksFile !== undefined) return { file: tokens.jwksFile }
  return { file: (await createLocalKeys(join(dataDirectory, 'keys'))).jwksFile }
}

/** Conversations whose state, and whose roster, stay in memory. */
const hotConversations = 20_000

const commandOptions = ({ receiptWindowMs }: Config) => ({
  maxIdle: hotConversations,
  maxPending: 4_096,
  timeoutMs: 10_000,
  receiptsWindowMs: receiptWindowMs,
})

const gatewayConfig = ({ gateway }: Config) => ({
  heartbeatMs: gateway.heartbeatMs,
  maxFrameBytes: gateway.maxFrameBytes,
  maxInFlight: gateway.maxInFlight,
  framesPerSecond: gateway.framesPerSecond,
  burst: gateway.frameBurst,
  maxPendingBytes: gateway.maxOutboxBytes,
})

/** The read side: the views that the projector's thread keeps, and what is asked of them. */
const openReadSide = async (directory: string, log: EmbeddedLog, logger: Logger) => {
  const documents = await openEmbeddedDocumentReader({ directory })
  const watermark = createWatermark(0n)
  const catalog = await createViewCatalog(documents)
  const projector = await startProjector(directory, log, {
    onProgress: watermark.advance,
    onSwitched: () => void catalog.refresh(),
    logger,
  })
  await catalog.refresh()
  const parts = { documents, collectionOf: catalog.collection, log, watermark, now: Date.now }
  return {
    documents,
    watermark,
    projector,
    parts,
    queries: createQueries(parts),
    sync: createSyncService(parts),
    snapshot: createSnapshot(parts),
  }
}

/** Opens everything and listens. Rejects with an `OperatorError` for what an operator can mend. */
export const startEmbedded = async (config: Config, logger: Logger): Promise<Embedded> => {
  const directory = config.dataDirectory
  const metrics = createMetrics()
  const log = await openEmbeddedLog({ directory })
  await observeLog(log, metrics)
  const { documents, watermark, projector, parts, queries, sync, snapshot } = await openReadSide(directory, log, logger)
  const blobs = await openFileBlobs(directory)
  const isComplete = createViewsComplete({ log, documents, watermark })
  const sweeps = startSweeps({ blobs, named: queries.namedBlobs, isComplete, now: Date.now }, logger)
  let draining = false

  const writer = {
    log,
    snapshots: log.snapshots,
    now: Date.now,
    random: Math.random,
    sleep,
    onConflict: () => metrics.conflicts.inc(),
  }
  const external = await loadExternal(config)
  const accounts = await openAccounts({
    config,
    reservedPrefixes: external.map(({ userId }) => userId.prefix),
    writer,
    revoke: (user, device) => gateway.revoke(user, device),
    logger,
  })
  const commands = measuredCommands(
    createCommands(
      {
        ...writer,
        originalOf: queries.originalOf,
        newId: randomUUID,
        readsInPrivate: accounts.readsInPrivate,
      },
      commandOptions(config),
    ),
    metrics,
  )
  const oauth = await openOAuth({ config, accounts, logger, now: Date.now })
  const issuers = { external, issuerUrl: oauth.issuerUrl }
  const guard = accounts.guard(createTokenVerifier({ keys: await keySource(config), ...config.tokens, ...issuers }))
  const verifier = guard.devices
  // The gateway asks the fan-out for rosters, the fan-out feeds the gateway.
  let fanOut: FanOut | undefined
  const gateway = createGateway({
    commands,
    sync,
    rosters: { members: async (conversationId) => fanOut?.members(conversationId) },
    verifier,
    watermark,
    dispatched: () => fanOut?.dispatched() ?? 0n,
    logger,
    config: gatewayConfig(config),
    metrics: gatewayMetrics(metrics),
  })
  fanOut = createFanOut({
    log,
    loadRosterAt: createLoadRosterAt(parts),
    sink: gateway.sink,
    from: await log.head(),
    maxRosters: hotConversations,
  })
  const api = await createApi(
    {
      commands,
      prepareCommit: createPrepareCommit({ blobs, isDeviceKey: createIsDeviceKey(accounts) }),
      blobs,
      queries,
      sync,
      snapshot,
      watermark,
      log,
      verifier,
      newDevices: guard.newDevices,
      accounts,
      readiness: createReadiness({
        log,
        watermark,
        logTrouble: async () => (log.healthy() ? projector.trouble() : 'the log takes no appends'),
        draining: () => draining,
        maxLag: config.readyMaxLag,
      }),
      draining: () => draining,
      metrics,
      settings: config.api,
      version,
    },
    logger,
    async (app) => {
      await app.register(gatewayPlugin, { gateway })
      await oauth.plugin(app)
    },
  )
  const worker = await startWorker({ ...parts, commands, store: accounts.store, logger })
  const url = await api.listen({ host: config.host, port: config.port })
  oauth.listening(url)

  return {
    url,
    failed: fanOut.done,
    stop: async () => {
      draining = true
      await sweeps.stop()
      await gateway.drain()
      await api.close()
      await worker.close()
      await commands.close()
      await accounts.close()
      await fanOut.close()
      await projector.close()
      await log.close()
      await documents.close()
    },
  }
}
