import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createMemoryDocumentStore,
  createMemoryDocuments,
  type MemoryDocuments,
} from '../../../src/adapters/memory/document-store.ts'
import { partitionOf } from '../../../src/event-log/routing/stream-slots.ts'
import type { DocumentStore } from '../../../src/ports/document-store.ts'
import type { SliceConsumer } from '../../../src/ports/event-bus.ts'
import type { EventReader, Position } from '../../../src/ports/event-log.ts'
import { openViewPartition } from '../../../src/processes/views/view-partition.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { startRunner } from '../../../src/projections/runner/view-runner.ts'
import { allViews } from '../../../src/projections/views/all-views.ts'
import { createPartitionedLog, type PartitionedLog } from '../../support/event-log/partitioned-log.ts'
import { countingView } from '../../support/projections/counting-view.ts'
import { dumpViews } from '../../support/projections/documents-dump.ts'
import { createFailingStore } from '../../support/projections/failing-store.ts'
import { attempts, createHistory } from '../../support/projections/generated-history.ts'
import { openConversation } from '../../support/projections/read-side.ts'

const partitions = 3

/** What the partitions of one log tell of themselves, and the views that they keep together. */
const createWorld = (world: PartitionedLog = createPartitionedLog(partitions)) => {
  const documents = createMemoryDocuments()
  const told = new Map<number, { readonly upTo: Position; readonly collections: Readonly<Record<string, string>> }>()
  const open = (
    partition: number,
    views: readonly Projection[] = allViews,
    bend: (store: DocumentStore) => DocumentStore = (store) => store,
  ): Promise<SliceConsumer> =>
    openViewPartition(partition, {
      log: world.log,
      pages: world.pages,
      store: bend(createMemoryDocumentStore(documents)),
      views,
      belongs: world.belongs(partition),
      onReached: (upTo, collections) => void told.set(partition, { upTo, collections }),
      onParked: ({ stream, error }) => {
        throw new Error(`${stream} was parked: ${error}`)
      },
      onError: () => {},
    })
  const talk = async (n: number, messages: number) => {
    const conversation = openConversation(world.log, n)
    await conversation.start('ann', ['bob'])
    for (let at = 0; at < messages; at += 1) await conversation.send('ann', `body ${at}`)
  }
  /** Opens the partition, takes all there is, and closes it. */
  const run = async (partition: number, views?: readonly Projection[]) => {
    const consumer = await open(partition, views)
    await consumer.take(await world.slice(partition, 0n))
    return consumer
  }
  return { ...world, documents, told, open, talk, run }
}

const rebuilt = async (log: EventReader, views: readonly Projection[] = allViews): Promise<MemoryDocuments> => {
  const documents = createMemoryDocuments()
  const runner = await startRunner({ reader: log, store: createMemoryDocumentStore(documents), views })
  await runner.ready
  await runner.close()
  return documents
}

const namesOf = (documents: MemoryDocuments, view: string) =>
  [...documents.collections.keys()].filter((name) => name.startsWith(`${view}.`)).sort()

describe('the views of a partition', () => {
  afterEach(() => void vi.useRealTimers())

  it('are together what is rebuilt from the whole log [P6], and never tell of more than they hold, whatever the bus does and wherever they fail', async () => {
    const step = fc.record({
      tried: attempts(8),
      partition: fc.nat(partitions - 1),
      back: fc.nat(12),
      skipped: fc.nat(4),
      dies: fc.option(fc.nat(2)),
      isReplaced: fc.boolean(),
    })
    const views = [...allViews, countingView()]
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const world = createWorld()
      const history = createHistory(world.log)
      const open = new Map<number, SliceConsumer>()
      /** Counts that every message at or below is part of, as told. */
      const check = async (partition: number) => {
        const { upTo, collections } = world.told.get(partition) ?? { upTo: 0n, collections: {} }
        const counts = new Map<string, number>()
        for (const { stream, type, userId, position } of await world.log.readAll(0n, 1_000)) {
          if (position > upTo || type !== 'MessageSent' || !world.belongs(partition)(stream)) continue
          const key = `${stream.slice('conversation-'.length)}/${userId}`
          counts.set(key, (counts.get(key) ?? 0) + 1)
        }
        const stored = world.documents.collections.get(collections.counting ?? '')
        for (const [key, count] of counts) {
          const { count: found } = JSON.parse(stored?.get(key)?.text ?? '{"count":-1}') as { count: number }
          expect(found).toBeGreaterThanOrEqual(count)
        }
      }
      for (const { tried, partition, back, skipped, dies, isReplaced } of steps) {
        for (const each of tried) await history.attempt(each)
        if (isReplaced) {
          await open.get(partition)?.close()
          open.delete(partition)
        }
        const head = await world.log.head()
        const after = head > BigInt(back) ? head - BigInt(back) : 0n
        const slice = await world.slice(
          partition,
          after,
          head > BigInt(skipped) + after ? head - BigInt(skipped) : head,
        )
        let mortal: DocumentStore | undefined
        const bend = (store: DocumentStore) => {
          mortal ??= dies === null ? store : createFailingStore(store, [dies, 1])
          return mortal
        }
        for (let isTaken = false; !isTaken; ) {
          const consumer = open.get(partition) ?? (await world.open(partition, views, bend).catch(() => undefined))
          if (consumer === undefined) continue
          open.set(partition, consumer)
          isTaken = await consumer.take(slice).then(
            () => true,
            () => false,
          )
          if (!isTaken) {
            await consumer.close()
            open.delete(partition)
          }
        }
        await check(partition)
      }
      for (const consumer of open.values()) await consumer.close()
      for (let partition = 0; partition < partitions; partition += 1) {
        const consumer = await world.run(partition, views)
        expect(world.told.get(partition)?.upTo).toBe(await world.log.head())
        await check(partition)
        await consumer.close()
      }
      expect(dumpViews(world.documents)).toEqual(dumpViews(await rebuilt(world.log, views)))
    })
    await fc.assert(property, { numRuns: 12 })
  })

  it('bear that two processes keep them at once', async () => {
    const world = createWorld()
    for (let n = 1; n <= 4; n += 1) await world.talk(n, 5)
    const [partition] = [partitionOf('conversation-00000000-0000-4000-8000-000000000001', partitions)]
    const old = await world.run(partition)
    await world.talk(5, 3)
    const young = await world.open(partition)
    for (let after = 0n; after < (await world.log.head()); after += 3n) {
      const [first, second] = after % 2n === 0n ? [old, young] : [young, old]
      await Promise.all([
        first.take(await world.slice(partition, after)),
        second.take(await world.slice(partition, 0n)),
      ])
    }
    await Promise.all([old.close(), young.close()])
    for (let each = 0; each < partitions; each += 1) await (await world.run(each)).close()
    expect(dumpViews(world.documents)).toEqual(dumpViews(await rebuilt(world.log)))
  })

  it('of a new version are built beside those that are served, while slices come and holes are filled', async () => {
    const property = fc.asyncProperty(
      attempts(40),
      fc.array(fc.nat(10), { minLength: 3, maxLength: 10 }),
      async (tried, sizes) => {
        const world = createWorld(createPartitionedLog(1))
        const history = createHistory(world.log)
        const [first, ...rest] = tried
        if (first !== undefined) await history.attempt(first)
        await (await world.run(0, [...allViews, countingView(1)])).close()
        const views = [...allViews, countingView(2)]
        const opening = world.open(0, views)
        for (const each of rest) await history.attempt(each)
        const consumer = await opening
        for (const size of sizes) {
          const head = await world.log.head()
          await consumer.take(await world.slice(0, head > BigInt(size) ? head - BigInt(size) : 0n))
        }
        await expect.poll(() => world.told.get(0)?.collections.counting, { interval: 1 }).toBe('counting.v2.1')
        await consumer.close()
        const served = new Map([...world.documents.collections].filter(([name]) => name !== 'counting.v1.0'))
        expect(dumpViews({ ...world.documents, collections: served })).toEqual(
          dumpViews(await rebuilt(world.log, views)),
        )
      },
    )
    await fc.assert(property, { numRuns: 25 })
  })

  it('come to name the same generations as the other partitions when a new version is taken back', async () => {
    const world = createWorld()
    for (let n = 1; n <= 6; n += 1) await world.talk(n, 3)
    const [before, after] = [
      [...allViews, countingView(1)],
      [...allViews, countingView(2)],
    ]
    const deploy = async (partition: number, views: readonly Projection[], name: string) => {
      const consumer = await world.run(partition, views)
      await expect.poll(() => world.told.get(partition)?.collections.counting, { interval: 1 }).toBe(name)
      await consumer.close()
    }
    for (let partition = 0; partition < partitions; partition += 1) await deploy(partition, before, 'counting.v1.0')
    await deploy(0, after, 'counting.v2.1')
    await world.talk(7, 2)
    for (let partition = 0; partition < partitions; partition += 1) await deploy(partition, before, 'counting.v1.0')
    const named = [...world.told.values()].map(({ collections }) => collections)
    expect(new Set(named.map((collections) => JSON.stringify(collections))).size).toBe(1)
    const served = new Map([...world.documents.collections].filter(([name]) => name !== 'counting.v2.1'))
    expect(dumpViews({ ...world.documents, collections: served })).toEqual(dumpViews(await rebuilt(world.log, before)))
  })

  it('stay readable where they were for ten minutes after they were replaced, also when the partition moves, and then go', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const world = createWorld(createPartitionedLog(1))
    await world.talk(1, 3)
    for (const version of [1, 2]) await (await world.run(0, [countingView(version)])).close()
    const again = await world.run(0, [countingView(2)])
    await vi.advanceTimersByTimeAsync(9 * 60_000)
    expect(namesOf(world.documents, 'counting')).toEqual(['counting.v1.0', 'counting.v2.1'])
    await vi.advanceTimersByTimeAsync(11 * 60_000)
    expect(namesOf(world.documents, 'counting')).toEqual(['counting.v2.1'])
    await again.close()
  })

  it('reject a slice when the store fails, also while they are being built', async () => {
    const world = createWorld(createPartitionedLog(1))
    await world.talk(1, 3)
    for (const deaths of [[1], [2]]) {
      const consumer = await world
        .open(0, allViews, (store) => createFailingStore(store, deaths))
        .catch(() => undefined)
      await expect(consumer?.take(await world.slice(0, 0n)) ?? Promise.reject(new Error('closed'))).rejects.toThrow()
      await consumer?.close()
    }
  })

  it('closed while they are being built, reject what they were to take', async () => {
    const world = createWorld()
    await world.talk(1, 3)
    const consumer = await world.open(0)
    const refused = expect(consumer.take(await world.slice(0, 0n))).rejects.toThrow()
    await consumer.close()
    await refused
  })

  it('tell with every mark how far they are, and of nothing while a view is missing', async () => {
    const world = createWorld()
    await world.talk(1, 3)
    const consumer = await world.run(0, [countingView()])
    const head = await world.log.head()
    expect(world.told.get(0)).toEqual({ upTo: head, collections: { counting: 'counting.v1.0' } })
    await consumer.take({ partition: 0, after: head, upTo: head + 50n, events: [] })
    expect(world.told.get(0)?.upTo).toBe(head + 50n)
    await consumer.close()
  })
})
