import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { createLogPages } from '../../../../src/event-log/reading/log-pages.ts'
import type { BusSlice } from '../../../../src/ports/event-bus.ts'
import type { Position, RecordedEvent } from '../../../../src/ports/event-log.ts'
import { createPartitionFeed } from '../../../../src/projections/partitions/partition-feed.ts'
import { createPartitionScan } from '../../../../src/projections/partitions/partition-scan.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { logEvents } from '../../../support/event-log/events.ts'

const mine = (stream: string) => stream.endsWith('mine')

/** A log in which `own` says of each event whether it belongs to the partition. */
const openWorld = async (own: readonly boolean[], pageSize = 3) => {
  const log = createMemoryLog()
  for (const [at, each] of own.entries())
    await appendAtEnd(log, each ? 'conversation-mine' : 'conversation-other', logEvents(`e${at}-`, 1))
  const all = await log.readAll(0n, 1_000)
  const inside = (after: Position, upTo: Position) =>
    all.filter(({ stream, position }) => mine(stream) && position > after && position <= upTo)
  const slice = (after: number, upTo: number): BusSlice => ({
    partition: 0,
    after: BigInt(after),
    upTo: BigInt(upTo),
    events: inside(BigInt(after), BigInt(upTo)),
  })
  const open = () => createPartitionFeed({ log, scan: createPartitionScan(createLogPages(log, pageSize), mine) })
  return { log, slice, open, positions: (upTo: Position) => inside(0n, upTo).map(({ position }) => position) }
}

const positionsOf = (events: readonly RecordedEvent[]) => events.map(({ position }) => position)
const everything = (count: number) => Array.from({ length: count }, () => true)

describe('the feed of a partition', () => {
  it('hands each event over once and in order, whatever the bus repeats, reorders or has lost, and wherever the handler fails', async () => {
    const cuts = fc.array(fc.record({ after: fc.nat(30), length: fc.nat(12) }), { maxLength: 25 })
    const own = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 })
    const failures = fc.array(fc.nat(6), { maxLength: 5 })
    const batch = fc.integer({ min: 1, max: 5 })
    const property = fc.asyncProperty(own, cuts, failures, batch, async (belongs, slices, left, batchSize) => {
      const world = await openWorld(belongs)
      const handled: Position[] = []
      let until = left.shift() ?? -1
      const handler = async (events: readonly RecordedEvent[]) => {
        expect(events.length).toBeGreaterThan(0)
        expect(events.length).toBeLessThanOrEqual(batchSize)
        await Promise.resolve()
        if (until === 0) {
          until = left.shift() ?? -1
          throw new Error('cannot take it')
        }
        until -= 1
        handled.push(...positionsOf(events))
      }
      const begin = () => {
        const feed = world.open()
        feed.reader.subscribe(handled.at(-1) ?? 0n, handler, { batchSize })
        return feed
      }
      let feed = begin()
      let taken = 0n
      for (const { after, length } of slices) {
        const start = Math.min(after, belongs.length)
        const slice = world.slice(start, Math.min(start + length, belongs.length))
        // What a member of the group does: the consumer is closed, opened anew and handed the slice again.
        for (let reached: Position | undefined; reached === undefined; )
          try {
            reached = await feed.take(slice)
            taken = slice.upTo > taken ? slice.upTo : taken
            expect(reached).toBeGreaterThanOrEqual(slice.upTo)
          } catch {
            await feed.close()
            feed = begin()
          }
        expect(handled).toEqual(world.positions(handled.at(-1) ?? 0n))
        expect(handled).toEqual(expect.arrayContaining(world.positions(taken)))
      }
      await feed.close()
    })
    await fc.assert(property, { numRuns: 300 })
  })

  it('waits for a subscriber before it takes anything', async () => {
    const world = await openWorld(everything(3))
    const feed = world.open()
    const handled: Position[] = []
    const taking = feed.take(world.slice(0, 3))
    await Promise.resolve()
    feed.reader.subscribe(1n, (events) => void handled.push(...positionsOf(events)))
    expect(await taking).toBe(3n)
    expect(handled).toEqual([2n, 3n])
  })

  it('closed while it waits for a subscriber, rejects what it was to take', async () => {
    const world = await openWorld(everything(3))
    const feed = world.open()
    const taking = feed.take(world.slice(0, 3))
    await feed.close()
    await expect(taking).rejects.toThrow('given back')
    await expect(feed.take(world.slice(0, 3))).rejects.toThrow('given back')
  })

  it('closed in the middle of a slice, waits for the batch in progress and hands nothing more over', async () => {
    const world = await openWorld(everything(6))
    const feed = world.open()
    const begun = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const handled: Position[] = []
    const handler = async (events: readonly RecordedEvent[]) => {
      begun.resolve()
      await gate.promise
      handled.push(...positionsOf(events))
    }
    const subscription = feed.reader.subscribe(0n, handler, { batchSize: 2 })
    const taking = feed.take(world.slice(0, 6))
    const refused = expect(taking).rejects.toThrow('given back')
    await begun.promise
    let isClosed = false
    const closing = subscription.close().then(() => {
      isClosed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isClosed).toBe(false)
    gate.resolve()
    await closing
    await refused
    expect(handled).toEqual([1n, 2n])
  })

  it('ends its subscription with what the handler throws', async () => {
    const world = await openWorld(everything(2))
    const feed = world.open()
    const { done } = feed.reader.subscribe(0n, () => {
      throw new Error('cannot take it')
    })
    await expect(feed.take(world.slice(0, 2))).rejects.toThrow('cannot take it')
    await expect(done).rejects.toThrow('cannot take it')
  })

  it('ends its subscription in peace when it is closed', async () => {
    const world = await openWorld(everything(2))
    const feed = world.open()
    const { done } = feed.reader.subscribe(0n, () => {})
    await feed.take(world.slice(0, 2))
    await feed.close()
    await expect(done).resolves.toBeUndefined()
  })

  it('does not take a hole for filled that the log, as it is read here, does not reach yet', async () => {
    const world = await openWorld(everything(4))
    const handled: Position[] = []
    const behind = {
      ...world.log,
      readAll: async (after: Position, limit: number) =>
        (await world.log.readAll(after, limit)).filter(({ position }) => position <= 2n),
    }
    const feed = createPartitionFeed({
      log: world.log,
      scan: createPartitionScan(createLogPages(behind, 3), mine),
    })
    feed.reader.subscribe(0n, (events) => void handled.push(...positionsOf(events)))
    await expect(feed.take(world.slice(3, 4))).rejects.toThrow('the log is read up to 2')
    expect(handled).toEqual([1n, 2n])
  })

  it('has one subscriber', async () => {
    const world = await openWorld([])
    const { reader } = world.open()
    reader.subscribe(0n, () => {})
    expect(() => reader.subscribe(0n, () => {})).toThrow('one subscriber')
  })

  it('reads the history of its partition alone', async () => {
    const world = await openWorld([true, false, true, true])
    const { reader } = world.open()
    expect(positionsOf(await reader.readAll(0n, 2))).toEqual([1n, 3n])
    expect(positionsOf(await reader.readAll(3n, 2))).toEqual([4n])
    expect(await reader.head()).toBe(4n)
    expect(await reader.readStream({ stream: 'conversation-other', limit: 5 })).toHaveLength(1)
  })
})
