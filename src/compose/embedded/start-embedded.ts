import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { openFileBlobs } from '../../adapters/embedded/blobs/file-blobs.ts'
import { openEmbeddedDocumentReader } from '../../adapters/embedded/documents/open-documents.ts'
import { type EmbeddedLog, openEmbeddedLog } from '../../adapters/embedded/log/embedded-log.ts'
import { startBackgroundScan } from '../../adapters/embedded/log/integrity/background-scan.ts'
import { lineOf } from '../../adapters/embedded/log/integrity/finding.ts'
import { openFileMedia } from '../../adapters/embedded/media/file-media.ts'
import { ensureUsable } from '../../adapters/embedded/usable-directory.ts'
import { createMemoryLeaseHub } from '../../adapters/memory/lease-hub.ts'
import { createMemoryOnlineUsers } from '../../adapters/memory/online-users.ts'
import { refuseDamagedAccounts } from '../../adapters/sql/database/damaged-accounts.ts'
import { openAccountsFile } from '../../adapters/sql/database/open-sqlite.ts'
import { createReadiness } from '../../api/readiness.ts'
import type { Config } from '../../config/config.ts'
import { onlyLog } from '../../event-log/event-logs.ts'
import { unlessDamaged } from '../../event-log/unless-damaged.ts'
import { observeLog } from '../../observability/measured-log.ts'
import { createMetrics, type Metrics } from '../../observability/metrics.ts'
import { reportDamage } from '../../observability/report-damage.ts'
import { startSweeps } from '../../processes/blob-sweeps.ts'
import { followMessages } from '../../processes/push/follow-messages.ts'
import { startWorker } from '../../processes/reactions/start-worker.ts'
import { type Projector, superviseProjector } from '../../processes/views/projector-supervisor.ts'
import { createFanOut, type FanOut } from '../../projections/fan-out/create-fan-out.ts'
import { createLoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { createViewCatalog } from '../../projections/runner/generations/view-catalog.ts'
import { readParked } from '../../projections/runner/runner-meta.ts'
import { createWatermark } from '../../projections/watermark/moving-watermark.ts'
import { createViewsComplete } from '../../projections/watermark/views-complete.ts'
import { watchDiskSpace } from '../../runtime/disk-space.ts'
import { createServer } from '../create-server.ts'
import { sweepFiles } from '../open-media.ts'
import { openPush } from '../push/open-push.ts'
import { openPushServices } from '../push/open-push-services.ts'
import type { Doing, Running } from '../running.ts'
import { hotConversations } from '../server-settings.ts'
import { readEvidence } from './read-evidence.ts'

const beginProjector = (directory: string) => (): Worker =>
  new Worker(new URL('./projector-thread.ts', import.meta.url), { workerData: { directory } })

/** The read side: the views that the projector's thread runs. */
const openReadSide = async (directory: string, log: EmbeddedLog, logger: Logger) => {
  // The projector keeps the file that this reads.
  let projector: Projector | undefined
  const documents = await openEmbeddedDocumentReader({ directory, onDamage: (error) => projector?.damaged(error) })
  const watermark = createWatermark()
  const catalog = await createViewCatalog(documents)
  projector = await superviseProjector(beginProjector(directory), log, {
    onProgress: watermark.advance,
    onSwitched: () => void catalog.refresh(),
    logger,
  })
  await catalog.refresh()
  return { documents, watermark, projector, collectionOf: catalog.collection }
}

/** Rejects with an `OperatorError` for a log that is damaged, or that lacks what the rest of the directory knows of. */
const openLog = async (directory: string, metrics: Metrics, logger: Logger): Promise<EmbeddedLog> =>
  openEmbeddedLog({
    directory,
    evidence: await readEvidence(directory),
    onDamage: reportDamage(metrics, logger, lineOf),
    onSummed: (position, head) => {
      if (position % 100_000 === 0) logger.info({ position, head }, 'the events of an older log get their checksums')
    },
  })

/**
 * The embedded profile: one process, one directory. Opens everything and listens. Rejects with an `OperatorError`
 * for what an operator can resolve.
 */
export const startEmbedded = async (config: Config, logger: Logger, doing: Doing = () => {}): Promise<Running> => {
  const directory = config.dataDirectory
  doing(`trying the data directory ${directory}`)
  ensureUsable(directory)
  doing('opening the event log and checking its newest events')
  const metrics = createMetrics()
  const log = await openLog(directory, metrics, logger)
  await observeLog(log, metrics)
  doing('opening the views')
  const { documents, watermark, projector, collectionOf } = await openReadSide(directory, log, logger)
  const logs = onlyLog(log)
  const views = { documents, collectionOf, log: logs, watermark }
  const blobs = await openFileBlobs(directory)
  doing('opening the accounts')
  refuseDamagedAccounts(directory)
  const accountStore = await openAccountsFile({ directory })
  // The gateway asks the fan-out for rosters, the fan-out feeds the gateway.
  let fanOut: FanOut | undefined
  const space = await watchDiskSpace(config.dataDirectory, config.storing.diskReserveBytes)
  const media = { store: openFileMedia(directory) }
  const server = await createServer({
    sharedLog: false,
    isShortOfSpace: space.isShort,
    ...{ config, logger, metrics, log: logs, documents, collectionOf, watermark, blobs, accountStore },
    snapshots: log.snapshots,
    // Nobody else would notice that this process has died.
    presence: { online: createMemoryOnlineUsers(createMemoryLeaseHub(Number.POSITIVE_INFINITY)), processId: 'this' },
    media,
    viewsControl: projector.control,
    rosters: { members: async (conversationId) => fanOut?.members(conversationId) },
    dispatched: () => [fanOut?.dispatched() ?? 0n],
    readiness: createReadiness({
      log: logs,
      watermark,
      logTrouble: async () => log.trouble() ?? projector.trouble(),
      draining: () => server.draining(),
      maxLag: config.readyMaxLag,
    }),
    serves: { api: true, gateway: true },
  })
  fanOut = createFanOut({
    log,
    loadRosterAt: createLoadRosterAt(views),
    sink: server.gateway.sink,
    from: await log.head(),
    maxRosters: hotConversations,
  })
  const isComplete = createViewsComplete({ log: logs, documents, watermark })
  const sweeps = startSweeps({ blobs, named: server.queries.namedBlobs, isComplete, now: Date.now }, logger)
  const files = sweepFiles({ media, records: accountStore, queries: server.queries, isComplete, metrics, logger })
  const worker = await startWorker({
    ...views,
    parkedStreams: async () => [...(await readParked(documents, 'live')).keys()],
    commands: server.commands,
    users: server.accounts.users,
    store: accountStore,
    bodyKeys: undefined,
    onParkedCount: (count) => metrics.parkedReactions.set(count),
    logger,
  })
  const loadRosterAt = createLoadRosterAt(views)
  const push = await openPush({
    ...{ ...views, config, logger, metrics, store: accountStore, services: await openPushServices(config) },
    liveAmong: async (userIds) => new Set(userIds.filter(server.gateway.isLive)),
    blockedBy: async (userId) => (await server.accounts.users.consent(userId)).blocked,
    follow: (deps) =>
      followMessages({ ...deps, log, loadRosterAt, maxRosters: hotConversations, checkpoints: accountStore }),
  })
  doing(`listening on ${config.host}:${config.port}`)
  const url = await server.listen()
  const scan = startBackgroundScan({ directory, onFinding: log.reportDamage })

  return {
    url,
    failed: unlessDamaged(fanOut.done),
    stop: async () => {
      space.close()
      await scan.close()
      await sweeps.stop()
      await files.stop()
      await push.close()
      await server.stop(() => worker.close())
      await accountStore.close()
      await fanOut.close()
      await projector.close()
      await log.close()
      await documents.close()
    },
  }
}
