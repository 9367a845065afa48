import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKafkaBus } from '../../../src/adapters/kafka/kafka-bus.ts'
import { openKurrentLog } from '../../../src/adapters/kurrentdb/open-kurrent-log.ts'
import { openMinioBlobs } from '../../../src/adapters/minio/open-minio-blobs.ts'
import { openMongoDocuments } from '../../../src/adapters/mongodb/open-documents.ts'
import { openRedis } from '../../../src/adapters/redis/open-redis.ts'
import { openAccountsDatabase } from '../../../src/adapters/sql/database/open-postgres.ts'

/** An engine that takes connections and never says a word is given up at the start, with its setting and its address. */

let silent: Server
let place: string
beforeAll(async () => {
  silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  if (address === null || typeof address === 'string') throw new Error('it has no port')
  place = `127.0.0.1:${address.port}`
})
afterAll(() => void silent.close())

const topic = { topic: 'none', partitions: 1, replicationFactor: 1 }
const onError = (): void => {}

const engines = {
  BACKSCROLL_POSTGRES_URL: () => openAccountsDatabase({ url: `postgres://user:secret@${place}/none` }),
  BACKSCROLL_KURRENTDB_URL: () => openKurrentLog({ connectionString: `esdb://user:secret@${place}?tls=false` }),
  BACKSCROLL_MONGODB_URL: () => openMongoDocuments({ url: `mongodb://user:secret@${place}/`, database: 'none' }),
  BACKSCROLL_REDIS_URL: () => openRedis({ url: `redis://:secret@${place}`, prefix: 'none/', onError }),
  BACKSCROLL_KAFKA_BROKERS: () => openKafkaBus({ brokers: [place], ...topic, logger: { warn: onError } }),
  BACKSCROLL_S3_URL: () => openMinioBlobs({ url: `http://key:secret@${place}/none` }),
}

test.concurrent.for(Object.entries(engines))('%s', { timeout: 120_000 }, async ([setting, open]) => {
  const failed = await open().then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failed).toMatchObject({ name: 'OperatorError' })
  const message = failed instanceof Error ? failed.message : ''
  expect(message).toContain(setting)
  expect(message).toContain(place)
  expect(message).not.toMatch(/secret|\n/)
})
