import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Role } from '../../config/config-settings.ts'
import { createPartitionOf, partitionsOf } from '../../event-log/partitioning.ts'
import { startOf } from '../../event-log/positions.ts'
import { createPassage, type Passage } from '../../observability/event-passage.ts'
import { createMetrics, type Metrics } from '../../observability/metrics.ts'
import type { AskProcesses } from '../../ports/processes.ts'
import { startSweeps } from '../../processes/blob-sweeps.ts'
import { createGatewayLink, type GatewayLink, type LinkedGateway } from '../../processes/live/gateway-link.ts'
import { measuredGateway } from '../../processes/live/measured-gateway.ts'
import { createPresenceLink } from '../../processes/live/presence-news.ts'
import { createRevoke, subscribeRevocations } from '../../processes/live/revocations.ts'
import { startWorker } from '../../processes/reactions/start-worker.ts'
import { type HeldLease, holdLease } from '../../processes/relay/hold-lease.ts'
import { type ClusterProjector, startProjector } from '../../processes/views/cluster-projector.ts'
import { reportProgress } from '../../processes/views/projector-progress.ts'
import { createViewRosters } from '../../projections/fan-out/view-rosters.ts'
import { countParked, createIsParked, listParked } from '../../projections/partitions/partition-store.ts'
import { allViews } from '../../projections/views/all-views.ts'
import type { ViewsControl } from '../../projections/views-control.ts'
import { createServer } from '../create-server.ts'
import { sweepFiles } from '../open-media.ts'
import type { Running } from '../running.ts'
import type { Server } from '../server-parts.ts'
import { askOtherProcesses, askProjectors } from './ask-processes.ts'
import { type ClusterEngines, partitioningOf } from './cluster-engines.ts'
import { measuredEngines } from './measured-engines.ts'
import { openNotifier } from './open-notifier.ts'
import { openReadiness } from './open-readiness.ts'
import { partitionWork } from './partition-work.ts'
import { openReadSide, type ReadSide } from './read-side.ts'
import { relaysUnderLease } from './relays-under-lease.ts'
import { startOperations } from './start-operations.ts'

/** What the roles of one process consist of. */
interface Process {
  readonly config: ClusterConfig
  readonly engines: ClusterEngines
  readonly logger: Logger
  readonly metrics: Metrics
  readonly passage: Passage
  /** Unique among all processes, for ever. */
  readonly id: string
  readonly read: ReadSide
  has(role: Role): boolean
  /** Something failed that is retried by itself. */
  failing(what: string): (error: unknown) => void
}

const openProcess = async (config: ClusterConfig, engines: ClusterEngines, logger: Logger): Promise<Process> => {
  const { roles, partitions } = config.cluster
  const metrics = createMetrics()
  const passage = createPassage({ metrics, logger, traceEvery: config.cluster.traceEvery })
  metrics.configuredPartitions.set(partitionsOf(partitioningOf(engines, partitions)).length)
  return {
    ...{ config, logger, metrics, passage },
    engines: measuredEngines(engines, metrics, passage),
    id: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    read: await openReadSide(engines, partitions, logger),
    has: (role) => roles.has(role),
    failing: (what) => (error) => logger.warn({ err: error }, `${what}: failed, and will be tried again`),
  }
}

const openProjector = (parts: Process): Promise<ClusterProjector> => {
  const { engines, read, logger, passage, failing } = parts
  return startProjector({
    ...partitionWork(parts),
    ...{ store: read.documents, channels: engines.channels, views: allViews },
    onParked: ({ stream, revision, error }) =>
      logger.error(
        { stream, revision, reason: error },
        'a stream was parked: its views stand still until it is retried; all others go on',
      ),
    onError: failing('the projector'),
    onFolded: (events) => passage('folded', events),
    onSent: (events) => passage('sent', events),
  })
}

const reportProjector = (projector: ClusterProjector, { metrics, read, failing }: Process): NodeJS.Timeout =>
  reportProgress({
    projector,
    countParked: () => countParked(read.documents),
    onProgress: ({ lag, partitions, parked }) => {
      metrics.busLag.set(lag)
      metrics.partitions.set(partitions)
      metrics.parkedStreams.set(parked)
    },
    onError: failing('measuring the projector'),
  })

const measured = (gateway: LinkedGateway, { metrics, passage }: Process): LinkedGateway =>
  measuredGateway(gateway, {
    onReceived: (events) => passage('received', events),
    onLost: () => metrics.liveHoles.inc(),
  })

const openLink = ({ engines, id, config, failing }: Process): GatewayLink =>
  createGatewayLink({
    gatewayId: id,
    partitioning: partitioningOf(engines, config.cluster.partitions),
    registry: engines.registry,
    channels: engines.channels,
    onError: failing('the link to the other gateways'),
  })

const openServer = (
  parts: Process,
  link: GatewayLink | undefined,
  viewsControl: ViewsControl,
  askProcesses: AskProcesses,
): Promise<Server> => {
  const { config, logger, metrics, engines, read, has } = parts
  const { log, snapshots, blobs, media, accounts: accountStore } = engines
  const { documents, watermark, collectionOf } = read
  const server = createServer({
    ...{ config, logger, metrics, log, snapshots, documents, collectionOf, watermark, blobs, media, accountStore },
    isParked: createIsParked(documents, createPartitionOf(log, partitioningOf(engines, config.cluster.partitions))),
    sharedLog: true,
    ...{ viewsControl, askProcesses },
    rosters: createViewRosters({ documents, collectionOf }),
    dispatched: () => link?.dispatched() ?? startOf(log.logs.length),
    revoked: createRevoke(engines.channels, parts.failing('telling the gateways of a revocation')),
    ...(link !== undefined && { reach: link }),
    presence: {
      ...{ online: engines.online, processId: parts.id },
      link: createPresenceLink({ channels: engines.channels, onError: parts.failing('telling of presence') }),
    },
    shared: { limits: engines.limits, holder: parts.id },
    readiness: openReadiness({ ...parts, link, draining: () => draining() }),
    serves: { api: has('api'), gateway: has('gateway') },
  })
  let draining = () => false
  return server.then((made) => {
    draining = made.draining
    return made
  })
}

const workerUnderLease = (
  { engines, id, config, read, metrics, logger, failing }: Process,
  server: Server,
): HeldLease =>
  holdLease({
    leases: engines.leases,
    name: `${config.cluster.name}/worker`,
    holder: id,
    onError: failing('the worker'),
    start: async () => {
      const { log, blobs, accounts: store } = engines
      const { documents, watermark, collectionOf } = read
      const worker = await startWorker({
        ...{ log, documents, watermark, collectionOf },
        parkedStreams: () => listParked(documents),
        commands: server.commands,
        users: server.accounts.users,
        store,
        bodyKeys: engines.bodyKeys,
        onParkedCount: (count) => metrics.parkedReactions.set(count),
        logger,
      })
      const sweeps = startSweeps(
        { blobs, named: server.queries.namedBlobs, isComplete: read.isComplete, now: Date.now },
        logger,
      )
      const files = sweepFiles({ ...engines, ...read, records: store, queries: server.queries, metrics, logger })
      metrics.workerActive.set(1)
      return {
        close: async () => {
          metrics.workerActive.set(0)
          await sweeps.stop()
          await files.stop()
          await worker.close()
        },
      }
    },
  })

/** What answers requests in this process: all of the API, or probes and metrics alone. */
const openFront = async (parts: Process, link: GatewayLink | undefined, askProcesses: AskProcesses) => {
  const { has } = parts
  if (!has('api') && !has('gateway') && !has('worker'))
    return { front: await startOperations(parts), server: undefined, views: undefined }
  const views = await askProjectors(parts)
  const server = await openServer(parts, link, views.control, askProcesses)
  return { front: server, server, views }
}

/** Handles ended access that other processes report. After an interruption the access of every user is read again. */
const watchAccess = async ({ channels }: ClusterEngines, { accounts, gateway }: Server): Promise<void> => {
  channels.onReset(() => {
    accounts.standings.forgetAll()
    gateway.recheckAccess()
  })
  await subscribeRevocations(channels, ({ userId }) => accounts.standings.forget(userId))
}

/** One process of a cluster, in its roles. Resolves when it listens. The engines are closed with it. */
export const startCluster = async (
  config: ClusterConfig,
  engines: ClusterEngines,
  logger: Logger,
): Promise<Running> => {
  const parts = await openProcess(config, engines, logger)
  const { has, read } = parts
  const link = has('gateway') ? openLink(parts) : undefined
  const reports = await askOtherProcesses(parts)
  const { front, server, views } = await openFront(parts, link, reports.ask)
  if (server !== undefined) await watchAccess(engines, server)
  if (server !== undefined) await link?.attach(measured(server.gateway, parts))
  const relays = has('relay') ? relaysUnderLease(parts) : []
  const projector = has('projector') ? await openProjector(parts) : undefined
  const watch = projector === undefined ? undefined : reportProjector(projector, parts)
  const notifier = has('notifier') ? await openNotifier(parts) : undefined
  const worker = has('worker') && server !== undefined ? workerUnderLease(parts, server) : undefined
  const url = await front.listen()

  return {
    url,
    failed: new Promise(() => {}),
    stop: async () => {
      await front.stop(async () => worker?.close())
      await link?.close()
      await views?.close()
      await reports.close()
      clearInterval(watch)
      await projector?.close()
      await notifier?.close()
      await Promise.all(relays.map((relay) => relay.close()))
      await read.close()
      await engines.close()
    },
  }
}
