import type { Logger } from 'pino'
import { openKafkaBus } from '../../adapters/kafka/kafka-bus.ts'
import { openMinioBlobs } from '../../adapters/minio/open-minio-blobs.ts'
import { openMongoDocuments } from '../../adapters/mongodb/open-documents.ts'
import { openRedis } from '../../adapters/redis/open-redis.ts'
import { openAccountsDatabase } from '../../adapters/sql/database/open-postgres.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { connecting } from '../../config/engine-address.ts'
import { scopedSnapshots } from '../../event-log/scoped-snapshots.ts'
import type { EventBus } from '../../ports/event-bus.ts'
import { createOpening } from '../../runtime/opening.ts'
import { openPushServices } from '../push/open-push-services.ts'
import type { Doing } from '../running.ts'
import { type ClusterEngines, lifeOf } from './cluster-engines.ts'
import { openLogs } from './open-logs.ts'

/** The database that the URL names. */
const databaseOf = (url: string, otherwise: string): string => new URL(url).pathname.slice(1) || otherwise

/**
 * Connects to everything. Rejects with an `OperatorError`, one line that names the setting, for what cannot be
 * reached.
 */
export const openEngines = async (
  config: ClusterConfig,
  logger: Logger,
  doing: Doing = () => {},
): Promise<ClusterEngines> => {
  const { engines, name, partitions } = config.cluster
  const { opened, closeAll } = createOpening()
  const failing = (what: string) => (error: unknown) =>
    logger.warn({ err: error }, `${what}: trouble; it is tried again`)

  const { kurrentdb: connectionStrings } = engines
  doing(connecting('PostgreSQL', 'BACKSCROLL_POSTGRES_URL', engines.postgres))
  const accounts = await opened(openAccountsDatabase({ url: engines.postgres }))
  const keys = accounts.bodyKeys
  doing(connecting('the event log', 'BACKSCROLL_KURRENTDB_URL', ...connectionStrings))
  const log = await opened(openLogs({ connectionStrings, namespace: name, keys, onError: failing('the event log') }))
  const life = lifeOf(log)
  doing(connecting('MongoDB', 'BACKSCROLL_MONGODB_URL', engines.mongodb))
  const documents = await opened(
    openMongoDocuments({ url: engines.mongodb, database: databaseOf(engines.mongodb, name) }),
  )
  doing(connecting('Redis', 'BACKSCROLL_REDIS_URL', engines.redis))
  const { registry, channels, limits, online } = await opened(
    openRedis({
      ...{ url: engines.redis, prefix: `${name}/${life}/`, onError: failing('Redis') },
      presenceTtlMs: config.presence.ttlMs,
    }),
  )
  const { brokers, replicationFactor, kafka } = engines
  doing(connecting('Kafka', 'BACKSCROLL_KAFKA_BROKERS', ...brokers.map((broker) => `kafka://${broker}`)))
  const buses: EventBus[] = []
  for (const index of log.logs.keys()) {
    const topic = index === 0 ? `${name}-${life}` : `${name}-${life}-${index}`
    const settings = { brokers, ...kafka, topic, partitions, replicationFactor, clientId: name, logger }
    buses.push(await opened(openKafkaBus(settings)))
  }
  doing(connecting('the blob store', 'BACKSCROLL_S3_URL', engines.s3))
  const blobs = await opened(openMinioBlobs({ url: engines.s3, publicUrl: config.media.redirectUrl }))
  const push = await openPushServices(config)

  return {
    ...{ log, buses, documents, registry, channels, limits, online, accounts, blobs },
    media: { store: blobs.media, leases: accounts.leases },
    push,
    logTrouble: log.trouble,
    snapshots: scopedSnapshots(life, documents.snapshots),
    leases: accounts.leases,
    bodyKeys: keys,
    close: closeAll,
  }
}
