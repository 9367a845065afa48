import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileMedia } from '../../../src/adapters/embedded/media/file-media.ts'
import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import { createMemoryChannels, createMemoryChannelsHub } from '../../../src/adapters/memory/channels.ts'
import { createMemoryDocumentStore, createMemoryDocuments } from '../../../src/adapters/memory/document-store.ts'
import { createMemoryBus, createMemoryBusHub } from '../../../src/adapters/memory/event-bus.ts'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { createMemoryLeaseHub } from '../../../src/adapters/memory/lease-hub.ts'
import { createMemoryOnlineUsers } from '../../../src/adapters/memory/online-users.ts'
import { createMemoryRegistry } from '../../../src/adapters/memory/session-registry.ts'
import { createMemoryLimits } from '../../../src/adapters/memory/shared-limits.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import type { ClusterEngines } from '../../../src/compose/cluster/cluster-engines.ts'
import { startCluster } from '../../../src/compose/cluster/start-cluster.ts'
import type { Running } from '../../../src/compose/running.ts'
import { isClusterConfig } from '../../../src/config/cluster-config.ts'
import { loadConfig } from '../../../src/config/config.ts'
import type { Role } from '../../../src/config/config-settings.ts'
import { onlyLog } from '../../../src/event-log/event-logs.ts'
import { createRoutedLogs } from '../../../src/event-log/routing/routed-logs.ts'
import { evenSlotMap } from '../../../src/event-log/routing/slot-map.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import type { MediaStore } from '../../../src/ports/media-store.ts'
import type { Wake } from '../../../src/ports/push.ts'
import { createGatedLog } from '../event-log/gated-log.ts'

/** Several processes of a cluster in one, over engines in memory: the composition without the engines. */
export interface MemoryCluster {
  start(roles: readonly Role[], port?: string): Promise<Running>
  /** What every process shares, to be bent by tests. */
  readonly hubs: ReturnType<typeof createHubs>
  readonly directory: string
  close(): Promise<void>
}

const createHubs = (partitions: number, logs: number) => ({
  logs: Array.from({ length: logs }, () => createGatedLog()),
  buses: Array.from({ length: logs }, () => createMemoryBusHub(partitions)),
  documents: createMemoryDocuments(),
  channels: createMemoryChannelsHub(),
  registry: createMemoryLeaseHub(),
  online: createMemoryLeaseHub(),
  limits: createMemoryLimits(() => performance.now()),
  blobs: createMemoryBlobs(),
  snapshots: createMemoryLog().snapshots,
  /** What was handed to the operator's own push service. */
  pushed: [] as Wake[],
})

/** A cluster's engines, for whoever does not connect to them. */
export const nowhere = {
  BACKSCROLL_PROFILE: 'cluster',
  BACKSCROLL_KURRENTDB_URL: 'esdb://nowhere',
  BACKSCROLL_KAFKA_BROKERS: 'nowhere:1',
  BACKSCROLL_MONGODB_URL: 'mongodb://nowhere',
  BACKSCROLL_REDIS_URL: 'redis://nowhere',
  BACKSCROLL_POSTGRES_URL: 'postgres://nowhere',
  BACKSCROLL_S3_URL: 'http://nowhere',
}

export const openMemoryCluster = async (
  env: Readonly<Record<string, string>> = {},
  logs = 1,
  /** Default: a directory. */
  mediaStore?: MediaStore,
): Promise<MemoryCluster> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-cluster-'))
  const partitions = 4
  const hubs = createHubs(partitions, logs)
  const map = logs === 1 ? undefined : evenSlotMap('a set', logs)
  const level = process.env.DEBUG_CLUSTER === undefined ? 'silent' : 'debug'
  const running = new Set<Running>()

  const engines = async (): Promise<ClusterEngines> => {
    const accounts = await openAccountsFile({ directory })
    const buses = hubs.buses.map(createMemoryBus)
    const own = hubs.logs.map(({ log }) => log)
    const [first] = own
    if (first === undefined) throw new Error('a cluster has a log')
    const channels = createMemoryChannels(hubs.channels, () => {})
    return {
      ...{ buses, channels, accounts },
      log: map === undefined ? onlyLog(first) : createRoutedLogs(own, map, { patienceMs: 50 }),
      logTrouble: () => undefined,
      bodyKeys: undefined,
      push: [
        {
          kind: 'webhook',
          wake: async (wakes) => {
            hubs.pushed.push(...wakes)
            return wakes.map(() => ({ kind: 'sent' }))
          },
          close: async () => {},
        },
      ],
      documents: createMemoryDocumentStore(hubs.documents),
      snapshots: hubs.snapshots,
      registry: createMemoryRegistry(hubs.registry),
      limits: hubs.limits,
      online: createMemoryOnlineUsers(hubs.online),
      leases: accounts.leases,
      blobs: hubs.blobs,
      media: { store: mediaStore ?? openFileMedia(directory), leases: accounts.leases },
      close: async () => {
        for (const bus of buses) await bus.close()
        await channels.close()
        await accounts.close()
      },
    }
  }

  return {
    hubs,
    directory,
    start: async (roles, port = '0') => {
      const config = loadConfig({
        ...nowhere,
        BACKSCROLL_DATA: directory,
        BACKSCROLL_PARTITIONS: String(partitions),
        BACKSCROLL_ROLES: roles.join(','),
        BACKSCROLL_PORT: port,
        BACKSCROLL_GROUPS_FROM: 'everyone',
        ...env,
      })
      if (!isClusterConfig(config)) throw new Error('not a cluster')
      const process = await startCluster(config, await engines(), createLogger({ level }))
      running.add(process)
      return {
        ...process,
        stop: async () => {
          running.delete(process)
          await process.stop()
        },
      }
    },
    close: async () => {
      for (const process of running) await process.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
