import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KafkaUser } from '../../../../src/adapters/kafka/client.ts'
import { type KafkaBusSettings, openKafkaBus } from '../../../../src/adapters/kafka/kafka-bus.ts'
import { loadConfig } from '../../../../src/config/config.ts'
import { hasKafkaJars, type SecuredKafka, startSecuredKafka } from '../../../support/engines/secured-kafka.ts'
import { createTestCertificate } from '../../../support/engines/test-certificate.ts'
import { createBusJournal } from '../../../support/event-bus/journal.ts'
import { sliceChain } from '../../../support/event-bus/slices.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'

const engines = {
  BACKSCROLL_PROFILE: 'cluster',
  BACKSCROLL_KURRENTDB_URL: 'esdb://localhost:1?tls=false',
  BACKSCROLL_MONGODB_URL: 'mongodb://localhost:1/chat',
  BACKSCROLL_REDIS_URL: 'redis://localhost:1',
  BACKSCROLL_POSTGRES_URL: 'postgres://localhost:1/chat',
  BACKSCROLL_S3_URL: 'http://key:secret@localhost:1/chat',
}

describe.skipIf(!hasKafkaJars)(
  hasKafkaJars ? 'The event bus on a Kafka with TLS and passwords' : 'No jars of Kafka, or no java, here: skipped',
  () => {
    const directory = temporaryDirectory()
    let kafka: SecuredKafka
    let caFile: string

    beforeAll(async () => {
      const certificate = await createTestCertificate(directory.path)
      caFile = certificate.caFile
      kafka = await startSecuredKafka(join(directory.path, 'kafka'), certificate)
    }, 120_000)
    afterAll(async () => {
      await kafka?.stop()
      directory.remove()
    })

    const settings = (more: Partial<KafkaBusSettings>): KafkaBusSettings => ({
      ...{ brokers: [kafka.broker], topic: `test-${randomUUID()}`, partitions: 1, replicationFactor: 1 },
      logger: { warn: () => {} },
      ...more,
    })
    const userWith = (more: Partial<KafkaUser> = {}): KafkaUser => ({
      mechanism: 'scram-sha-512',
      ...kafka.user,
      ...more,
    })

    it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      'is used as the settings say, by %s',
      { timeout: 60_000 },
      async (mechanism) => {
        const { cluster } = loadConfig({
          ...engines,
          BACKSCROLL_KAFKA_BROKERS: kafka.broker,
          BACKSCROLL_KAFKA_TLS: 'on',
          BACKSCROLL_KAFKA_TLS_CA_FILE: caFile,
          BACKSCROLL_KAFKA_SASL: mechanism,
          BACKSCROLL_KAFKA_USER: kafka.user.name,
          BACKSCROLL_KAFKA_PASSWORD: kafka.user.password,
        })
        const bus = await openKafkaBus(settings({ ...cluster?.engines.kafka }))
        const journal = createBusJournal()
        const { open, onError } = journal.member('a')
        await bus.consume('views', open, { from: 'earliest', onError })
        const next = sliceChain(0)
        const slices = [next(2), next(3)]
        await bus.publish(slices)
        await journal.until(() => (journal.takenOf(0).at(-1)?.upTo ?? -1n) >= (slices.at(-1)?.upTo ?? 0n))
        await bus.close()
        expect(journal.faults).toEqual([])
      },
    )

    it('refuses who shows another password, none, comes without TLS, or trusts somebody else; one line says so', {
      timeout: 120_000,
    }, async () => {
      const tls = { caFile }
      const wrong: readonly Partial<KafkaBusSettings>[] = [
        { tls, user: userWith({ password: 'guessed' }) },
        { tls },
        { user: userWith() },
        { tls: { caFile: undefined }, user: userWith() },
        { tls: { caFile: join(directory.path, 'nowhere.pem') }, user: userWith() },
      ]
      for (const one of wrong) {
        const error = await openKafkaBus(settings(one)).catch((reason: unknown) => reason)
        expect(error).toMatchObject({
          name: 'OperatorError',
          message: expect.stringMatching(/^[^\n]*BACKSCROLL_KAFKA[^\n]*$/),
        })
        expect(String(error)).not.toContain('guessed')
        expect(String(error)).not.toContain(kafka.user.password)
      }
    })
  },
)
