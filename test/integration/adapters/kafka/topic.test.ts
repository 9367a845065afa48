import kafkajs from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKafkaBus } from '../../../../src/adapters/kafka/kafka-bus.ts'
import { OperatorError } from '../../../../src/ports/errors/operator-error.ts'
import type { BusSlice } from '../../../../src/ports/event-bus.ts'
import { engineUrl } from '../../../support/engines/engine-url.ts'
import { type KafkaWorld, openKafkaWorld } from '../../../support/engines/kafka-world.ts'
import { type Behaviour, type BusJournal, createBusJournal } from '../../../support/event-bus/journal.ts'
import { busEvent, follow, sliceChain } from '../../../support/event-bus/slices.ts'

const brokers = await engineUrl('kafka')

describe.skipIf(brokers === undefined)(
  brokers === undefined ? 'No Kafka here: skipped' : 'The topic of the event bus',
  () => {
    const partitions = 3
    let world: KafkaWorld
    let journal: BusJournal

    beforeEach(async () => {
      world = await openKafkaWorld(brokers ?? '', partitions)
      journal = createBusJournal()
    })
    afterEach(async () => {
      await world.dispose()
      expect(journal.faults).toEqual([])
    })

    const join = async (bus: Awaited<ReturnType<KafkaWorld['open']>>, behaviour?: Behaviour) => {
      const { open, onError, errors } = journal.member('a', behaviour)
      return { consumption: await bus.consume('views', open, { from: 'earliest', onError }), errors }
    }
    const reached = (partition: number, upTo: bigint) =>
      journal.until(() => (journal.takenOf(partition).at(-1)?.upTo ?? -1n) >= upTo)
    const failureOf = async (opening: Promise<unknown>): Promise<unknown> =>
      opening.then(
        () => undefined,
        (error: unknown) => error,
      )

    const settingsOf = async (...names: string[]) => {
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: world.topic, configNames: names }
      const { resources } = await world.admin.describeConfigs({ resources: [resource], includeSynonyms: false })
      return Object.fromEntries(
        (resources[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]),
      )
    }

    describe('at the start', () => {
      it('is created with its settings by the first process, also when two come at once', async () => {
        const settings = { retentionMs: 86_400_000, minInSyncReplicas: 1 }
        await Promise.all([world.open(settings), world.open(settings)])
        const { topics } = await world.admin.fetchTopicMetadata({ topics: [world.topic] })
        expect(topics[0]?.partitions).toHaveLength(partitions)
        expect(await settingsOf('retention.ms', 'min.insync.replicas', 'max.message.bytes')).toEqual({
          'retention.ms': '86400000',
          'min.insync.replicas': '1',
          'max.message.bytes': `${4 * 1024 * 1024}`,
        })
      })

      it('is left as it is when it is there', async () => {
        await world.open({ retentionMs: 86_400_000 })
        await world.open({ retentionMs: 1_000_000 })
        expect(await settingsOf('retention.ms')).toEqual({ 'retention.ms': '86400000' })
      })

      it('with another number of partitions ends it, with one line', async () => {
        await world.open()
        const failure = await failureOf(world.open({ partitions: partitions + 1 }))
        expect(failure).toBeInstanceOf(OperatorError)
        expect(String(failure)).toMatch(/has 3 partitions and BACKSCROLL_PARTITIONS says 4/)
        expect(String(failure)).not.toContain('\n')
      })

      it('with more copies than there are brokers ends it, with one line', async () => {
        const failure = await failureOf(world.open({ replicationFactor: 99 }))
        expect(failure).toBeInstanceOf(OperatorError)
        expect(String(failure)).toContain('BACKSCROLL_KAFKA_REPLICATION_FACTOR')
      })

      it('ends with one line where no Kafka is', async () => {
        const logger = { warn: () => {} }
        const nowhere = { brokers: ['127.0.0.1:1'], topic: 'x', partitions: 1, replicationFactor: 1, logger }
        const failure = await failureOf(openKafkaBus(nowhere))
        expect(failure).toBeInstanceOf(OperatorError)
        expect(String(failure)).toMatch(/127\.0\.0\.1:1 .*BACKSCROLL_KAFKA_BROKERS.*ECONNREFUSED/)
        expect(String(failure)).not.toContain('\n')
      })
    })

    it('holds one message per event, as other programs expect them, and one per mark', async () => {
      const bus = await world.open()
      const events = [
        busEvent(5n, { stream: 'conversation-c1', target: 2 }),
        busEvent(7n, { stream: 'user-alice', type: 'DeviceAdded', body: null }),
      ]
      await bus.publish([
        { partition: 1, after: 4n, upTo: 9n, events },
        { partition: 1, after: 9n, upTo: 12n, events: [] },
      ])
      const seen: unknown[] = []
      const done = Promise.withResolvers<void>()
      const consumer = world.kafka.consumer({ groupId: `${world.topic}.other` })
      await consumer.subscribe({ topics: [world.topic], fromBeginning: true })
      await consumer.run({
        eachMessage: async ({ partition, message: { key, value, headers } }) => {
          const texts = Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])
          seen.push({
            partition,
            key: key === null ? null : String(key),
            value: value === null ? null : JSON.parse(String(value)),
            headers: Object.fromEntries(texts),
          })
          if (seen.length === 3) done.resolve()
        },
      })
      await done.promise
      await consumer.disconnect()
      expect(seen).toEqual([
        {
          partition: 1,
          key: 'c1',
          value: { ...events[0], position: '5', data: { id: 'e5' } },
          headers: { after: '4', position: '5', type: 'MessageSent' },
        },
        {
          partition: 1,
          key: 'alice',
          value: { ...events[1], position: '7', data: { id: 'e7' } },
          headers: { after: '5', position: '7', upTo: '9', type: 'DeviceAdded' },
        },
        { partition: 1, key: null, value: null, headers: { after: '9', position: '12', mark: '1' } },
      ])
    })

    it('may hold what is no message of ours: it is told of, and shows as a hole', async () => {
      const bus = await world.open()
      const next = sliceChain(0)
      const { errors } = await join(bus)
      await bus.publish([next(2)])
      const producer = world.kafka.producer({ createPartitioner: () => () => 0 })
      await producer.connect()
      const headers = { after: '2', position: '3', type: 'MessageSent' }
      const strange = [
        { value: 'hello' },
        { value: 'hello', headers },
        { value: JSON.stringify({ ...busEvent(4n), position: '4' }), headers },
        { value: null, headers: { after: '9', position: '3' } },
        { value: null, headers: { after: '-1', position: 'x' } },
      ]
      await producer.send({ topic: world.topic, messages: strange })
      await producer.disconnect()
      next(1)
      await bus.publish([next(2)])
      await reached(0, 5n)
      expect(follow(journal.takenOf(0))).toMatchObject({ holes: [[2n, 3n]], position: 5n })
      expect(errors).toHaveLength(strange.length)
    })

    it('cuts slices of a few hundred events out of many', async () => {
      const bus = await world.open()
      const next = sliceChain(2)
      await bus.publish([next(1_700)])
      await join(bus)
      await reached(2, 1_700n)
      expect(follow(journal.takenOf(2))).toMatchObject({ holes: [], position: 1_700n })
      expect(Math.max(...journal.takenOf(2).map(({ events }) => events.length))).toBe(500)
      expect(journal.takenOf(2).length).toBeLessThan(10)
    })

    it('is read no further ahead than a consumer can take, and goes on when it can', async () => {
      const bus = await world.open()
      const body = 'A'.repeat(200_000)
      const next = sliceChain(0)
      const slices = Array.from({ length: 40 }, () => next(1))
      await bus.publish(
        slices.map((slice) => ({ ...slice, events: slice.events.map((event) => ({ ...event, body })) })),
      )
      const gate = Promise.withResolvers<void>()
      const sizes: number[] = []
      await join(bus, async ({ partition, events }) => {
        if (partition === 0) await gate.promise
        if (partition === 0) sizes.push(events.length)
      })
      const other = sliceChain(1)
      for (let round = 1n; round <= 10n; round += 1n) {
        await bus.publish([other(1)])
        await reached(1, round)
      }
      gate.resolve()
      await reached(0, 40n)
      expect(follow(journal.takenOf(0))).toMatchObject({ holes: [], position: 40n })
      expect(Math.max(...sizes)).toBeLessThan(15)
    })

    it('may have lost what a group has not taken: it goes on with the oldest there is, and shows the hole', async () => {
      const bus = await world.open()
      const next = sliceChain(1)
      const { consumption } = await join(bus)
      await bus.publish([next(2)])
      await reached(1, 2n)
      await consumption.close()
      await bus.publish([next(3)])
      await bus.publish([next(4)])
      await world.admin.fetchTopicOffsets(world.topic)
      await world.admin.deleteTopicRecords({ topic: world.topic, partitions: [{ partition: 1, offset: '5' }] })
      await join(bus)
      await reached(1, 9n)
      expect(follow(journal.takenOf(1))).toMatchObject({ holes: [[2n, 5n]], position: 9n })
    })

    it('may be deleted: the next publisher creates it again, and it is consumed from its beginning', {
      timeout: 60_000,
    }, async () => {
      const bus = await world.open({ retentionMs: 86_400_000 })
      const next = sliceChain(1)
      await join(bus)
      await bus.publish([next(3), next(3)])
      await reached(1, 6n)
      await world.admin.deleteTopics({ topics: [world.topic] })
      const publish = (slice: BusSlice) => failureOf(bus.publish([slice]))
      // Taken by the old topic as long as there is one, and lost with it.
      while ((await publish(next(1))) === undefined);
      const last = next(2)
      while ((await publish(last)) !== undefined);
      await reached(1, last.upTo)
      expect(await settingsOf('retention.ms')).toEqual({ 'retention.ms': '86400000' })
    })
  },
)
