import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBlobs } from '../../src/adapters/memory/blob-store.ts'
import { createMemoryChannels, createMemoryChannelsHub } from '../../src/adapters/memory/channels.ts'
import { createMemoryDocumentStore, createMemoryDocuments } from '../../src/adapters/memory/document-store.ts'
import { createMemoryBus, createMemoryBusHub } from '../../src/adapters/memory/event-bus.ts'
import { createMemoryLog } from '../../src/adapters/memory/event-log.ts'
import { createMemoryRegistry, createMemoryRegistryHub } from '../../src/adapters/memory/session-registry.ts'
import { openAccountsFile } from '../../src/adapters/sql/open-sqlite.ts'
import { isClusterConfig } from '../../src/compose/cluster/cluster-config.ts'
import type { ClusterEngines } from '../../src/compose/cluster/engines.ts'
import { startCluster } from '../../src/compose/cluster/start-cluster.ts'
import type { Running } from '../../src/compose/running.ts'
import { loadConfig, type Role } from '../../src/config.ts'
import { createLogger } from '../../src/observability/logger.ts'

/** Several processes of a cluster in one, over engines in memory: the composition without the engines. */
export interface MemoryCluster {
  start(roles: readonly Role[], port?: string): Promise<Running>
  /** What every process shares, to be bent by tests. */
  readonly hubs: ReturnType<typeof createHubs>
  readonly directory: string
  close(): Promise<void>
}

const createHubs = (partitions: number) => ({
  log: createMemoryLog(),
  bus: createMemoryBusHub(partitions),
  documents: createMemoryDocuments(),
  channels: createMemoryChannelsHub(),
  registry: createMemoryRegistryHub(),
  blobs: createMemoryBlobs(),
})

const nowhere = {
  BACKSCROLL_PROFILE: 'cluster',
  BACKSCROLL_KURRENTDB_URL: 'esdb://nowhere',
  BACKSCROLL_KAFKA_BROKERS: 'nowhere:1',
  BACKSCROLL_MONGODB_URL: 'mongodb://nowhere',
  BACKSCROLL_REDIS_URL: 'redis://nowhere',
  BACKSCROLL_POSTGRES_URL: 'postgres://nowhere',
  BACKSCROLL_S3_URL: 'http://nowhere',
}

export const openMemoryCluster = async (env: Readonly<Record<string, string>> = {}): Promise<MemoryCluster> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-cluster-'))
  const partitions = 4
  const hubs = createHubs(partitions)
  const level = process.env.DEBUG_CLUSTER === undefined ? 'silent' : 'debug'
  const running = new Set<Running>()

  const engines = async (): Promise<ClusterEngines> => {
    const accounts = await openAccountsFile({ directory })
    const bus = createMemoryBus(hubs.bus)
    const channels = createMemoryChannels(hubs.channels, () => {})
    return {
      ...{ bus, channels, accounts },
      log: hubs.log,
      logTrouble: () => undefined,
      documents: createMemoryDocumentStore(hubs.documents),
      snapshots: hubs.log.snapshots,
      registry: createMemoryRegistry(hubs.registry),
      leases: accounts.leases,
      blobs: hubs.blobs,
      close: async () => {
        await bus.close()
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
