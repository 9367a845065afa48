import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { partitionOf } from '../../codec/partition-of.ts'
import type { Role } from '../../config.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { createMetrics, type Metrics } from '../../observability/metrics.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { createLoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { countParked } from '../../projections/partitions/partition-store.ts'
import { allViews } from '../../projections/views/all-views.ts'
import { createGatewayLink, type GatewayLink, type LinkedGateway } from '../../roles/gateway-link.ts'
import { type HeldLease, holdLease } from '../../roles/hold-lease.ts'
import { type ClusterProjector, startProjector } from '../../roles/projector.ts'
import { startRelay } from '../../roles/relay.ts'
import { createRevoke } from '../../roles/revocations.ts'
import type { Running } from '../running.ts'
import { createServer, hotConversations, type Server } from '../server.ts'
import { startSweeps } from '../sweep-blobs.ts'
import { startWorker } from '../worker.ts'
import type { ClusterConfig } from './cluster-config.ts'
import type { ClusterEngines } from './engines.ts'
import { measuredEngines } from './measured-engines.ts'
import { startOperations } from './operations.ts'
import { openReadSide, type ReadSide } from './read-side.ts'
import { createClusterReadiness } from './readiness.ts'
import { createViewRosters } from './rosters.ts'

/** What the roles of one process are made of. */
interface Process {
  readonly config: ClusterConfig
  readonly engines: ClusterEngines
  readonly logger: Logger
  readonly metrics: Metrics
  /** Unique among all processes, for ever. */
  readonly id: string
  readonly read: ReadSide
  has(role: Role): boolean
  /** Something failed that is tried again by itself. */
  failing(what: string): (error: unknown) => void
}

const openProcess = async (config: ClusterConfig, engines: ClusterEngines, logger: Logger): Promise<Process> => {
  const { roles, partitions } = config.cluster
  const metrics = createMetrics()
  metrics.configuredPartitions.set(partitions)
  return {
    ...{ config, logger, metrics },
    engines: measuredEngines(engines, metrics),
    id: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    read: await openReadSide(engines, partitions, logger),
    has: (role) => roles.has(role),
    failing: (what) => (error) => logger.warn({ err: error }, `${what}: failed, and will be tried again`),
  }
}

type Place = 'relayed' | 'folded' | 'sent' | 'received'

/** By this machine's clock, against that of the machine which took the command. */
const observeAges = ({ eventAge }: Metrics, place: Place, events: readonly RecordedEvent[]): void => {
  const now = Date.now()
  for (const { at } of events) eventAge.observe({ place }, Math.max(0, now - at) / 1000)
}

const relayUnderLease = ({ engines, id, config, metrics, failing }: Process): HeldLease =>
  holdLease({
    leases: engines.leases,
    name: `${config.cluster.name}/relay`,
    holder: id,
    onError: failing('the relay'),
    start: async () => {
      const relay = await startRelay({
        log: engines.log,
        bus: engines.bus,
        checkpoints: engines.accounts,
        partitionOf: (stream) => partitionOf(stream, config.cluster.partitions),
        now: Date.now,
        onError: failing('the relay'),
        onRelayed: (events) => {
          metrics.relayedEvents.inc(events.length)
          observeAges(metrics, 'relayed', events)
        },
      })
      metrics.relayActive.set(1)
      return {
        failed: relay.done,
        close: async () => {
          metrics.relayActive.set(0)
          await relay.close()
        },
      }
    },
  })

const openProjector = ({ engines, read, config, logger, metrics, failing }: Process): Promise<ClusterProjector> => {
  const { documents: store, watermark, collectionOf } = read
  const { log, bus, registry, channels } = engines
  const { partitions } = config.cluster
  return startProjector({
    ...{ log, bus, store, registry, channels },
    views: allViews,
    partitionOf: (stream) => partitionOf(stream, partitions),
    loadRosterAt: createLoadRosterAt({ log, documents: store, collectionOf, watermark }),
    maxRosters: Math.ceil(hotConversations / partitions) * 2,
    onParked: ({ stream, revision, error }) =>
      logger.error(
        { stream, revision, reason: error },
        'a stream was parked: its views stand still until it is retried; all others go on',
      ),
    onError: failing('the projector'),
    onFolded: (events) => observeAges(metrics, 'folded', events),
    onSent: (events) => observeAges(metrics, 'sent', events),
  })
}

const watchEveryMs = 5_000

/** What an operator wants to know of a projector, now and then. */
const watchProjector = (projector: ClusterProjector, { metrics, read, failing }: Process): NodeJS.Timeout => {
  const look = async (): Promise<void> => {
    const lag = [...(await projector.lag()).values()].reduce((sum, one) => sum + one, 0)
    metrics.busLag.set(lag)
    metrics.partitions.set(projector.partitions().views.length)
    metrics.parkedStreams.set(await countParked(read.documents))
  }
  return setInterval(() => void look().catch(failing('measuring the projector')), watchEveryMs)
}

/** The gateway, with what comes to it counted. */
const measured = (gateway: Gateway, metrics: Metrics): LinkedGateway => ({
  ...gateway,
  sink: {
    ...gateway.sink,
    events: (deltas) => {
      for (const { events } of deltas) observeAges(metrics, 'received', events)
      gateway.sink.events(deltas)
    },
  },
  lost: () => {
    metrics.liveHoles.inc()
    gateway.lost()
  },
})

const openLink = ({ engines, id, config, failing }: Process): GatewayLink =>
  createGatewayLink({
    gatewayId: id,
    partitions: config.cluster.partitions,
    registry: engines.registry,
    channels: engines.channels,
    onError: failing('the link to the other gateways'),
  })

const openServer = (parts: Process, link: GatewayLink | undefined): Promise<Server> => {
  const { config, logger, metrics, engines, read, has } = parts
  const { log, snapshots, blobs, accounts: accountStore } = engines
  const { documents, watermark, collectionOf } = read
  const server = createServer({
    ...{ config, logger, metrics, log, snapshots, documents, collectionOf, watermark, blobs, accountStore },
    sharedLog: true,
    rosters: createViewRosters({ documents, collectionOf }),
    dispatched: () => link?.dispatched() ?? 0n,
    revoked: createRevoke(engines.channels, parts.failing('telling the gateways of a revocation')),
    ...(link !== undefined && { reach: link }),
    readiness: createClusterReadiness({ ...parts, link, draining: () => draining() }),
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
        log,
        documents,
        watermark,
        collectionOf,
        commands: server.commands,
        store,
        logger,
      })
      const sweeps = startSweeps(
        { blobs, named: server.queries.namedBlobs, isComplete: read.isComplete, now: Date.now },
        logger,
      )
      metrics.workerActive.set(1)
      return {
        close: async () => {
          metrics.workerActive.set(0)
          await sweeps.stop()
          await worker.close()
        },
      }
    },
  })

/** Whatever answers requests in this process: all of the API, or probes and metrics alone. */
const openFront = async (parts: Process, link: GatewayLink | undefined) => {
  const { has } = parts
  if (!has('api') && !has('gateway') && !has('worker'))
    return { front: await startOperations(parts), server: undefined }
  const server = await openServer(parts, link)
  return { front: server, server }
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
  const { front, server } = await openFront(parts, link)
  if (server !== undefined) await link?.attach(measured(server.gateway, parts.metrics))
  const relay = has('relay') ? relayUnderLease(parts) : undefined
  const projector = has('projector') ? await openProjector(parts) : undefined
  const watch = projector === undefined ? undefined : watchProjector(projector, parts)
  const worker = has('worker') && server !== undefined ? workerUnderLease(parts, server) : undefined
  const url = await front.listen()

  return {
    url,
    failed: new Promise(() => {}),
    stop: async () => {
      await front.stop(async () => worker?.close())
      await link?.close()
      clearInterval(watch)
      await projector?.close()
      await relay?.close()
      await read.close()
      await engines.close()
    },
  }
}
