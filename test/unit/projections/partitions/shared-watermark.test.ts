import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bandStart } from '../../../../src/event-log/positions.ts'
import type { Position } from '../../../../src/ports/event-log.ts'
import {
  createSharedWatermark,
  type PartitionProgress,
} from '../../../../src/projections/partitions/shared-watermark.ts'

const generation = (n: number) => ({ timeline: `timeline.v1.${n}`, inbox: 'inbox.v1.0' })
const says = (partition: number, upTo: number, n = 0): PartitionProgress => ({
  partition,
  upTo: BigInt(upTo),
  collections: generation(n),
})

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('fold' as const), partition: fc.nat(1), by: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('switch' as const), partition: fc.nat(1) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tell' as const), partition: fc.nat(1), short: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(1_000) }) },
)

/** What two partitions really hold: of each generation, how far it was folded; an older one stands still. */
const createTruth = () => {
  const folded: Position[][] = [[0n], [0n]]
  const newest = (partition: number) => (folded[partition]?.length ?? 1) - 1
  return {
    newest,
    at: (partition: number, n: number): Position => folded[partition]?.[n] ?? -1n,
    fold: (partition: number, by: number) => {
      const own = folded[partition] ?? []
      own[newest(partition)] = (own.at(-1) ?? 0n) + BigInt(by)
    },
    replace: (partition: number) => folded[partition]?.push(folded[partition]?.at(-1) ?? 0n),
  }
}

describe('the watermark over all partitions', () => {
  it('never claims what the served generations have not folded, whatever is said late, again, or by whom the partition was taken from', () => {
    const property = fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const truth = createTruth()
      const watermark = createSharedWatermark({ logs: 1, partitions: 2 })
      const said: PartitionProgress[] = []
      let before = 0n
      const hear = (progress: PartitionProgress) => {
        watermark.hear(progress)
        const w = watermark.current()[0] ?? 0n
        expect(w).toBeGreaterThanOrEqual(before)
        before = w
        if (w === 0n) return
        const served = Number(watermark.collectionOf('timeline').split('.').at(-1))
        for (let partition = 0; partition < 2; partition += 1)
          expect(truth.at(partition, served)).toBeGreaterThanOrEqual(w)
      }
      for (const each of steps) {
        if (each.kind === 'fold') truth.fold(each.partition, each.by)
        else if (each.kind === 'switch') truth.replace(each.partition)
        else if (each.kind === 'again') {
          const old = said[each.which % Math.max(1, said.length)]
          if (old !== undefined) hear(old)
        } else {
          const n = truth.newest(each.partition)
          // A successor begins with what was stored, which may be less than what its predecessor reached.
          const upTo = Math.max(0, Number(truth.at(each.partition, n)) - each.short)
          said.push(says(each.partition, upTo, n))
          hear(says(each.partition, upTo, n))
        }
      }
      // Once all partitions are of one generation and say so, it is served, and W is the lowest of them.
      const last = Math.max(truth.newest(0), truth.newest(1))
      for (const partition of [0, 1]) while (truth.newest(partition) < last) truth.replace(partition)
      const ends = [0, 1].map((partition) => Number(truth.at(partition, last)))
      for (const [partition, end] of ends.entries()) hear(says(partition, end, last))
      expect(watermark.collectionOf('timeline')).toBe(generation(last).timeline)
      expect(watermark.current()).toEqual([BigInt(Math.min(...ends))])
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  it('is 0, and views read as empty, until every partition has told its progress', async () => {
    const watermark = createSharedWatermark({ logs: 1, partitions: 2 })
    expect(watermark.missing()).toEqual([0, 1])
    watermark.hear(says(1, 9))
    expect(watermark.missing()).toEqual([0])
    expect(watermark.current()).toEqual([0n])
    expect(watermark.collectionOf('timeline')).toBe('timeline.none')
    watermark.hear(says(0, 7))
    expect(watermark.missing()).toEqual([])
    expect(watermark.current()).toEqual([7n])
    expect(watermark.collectionOf('timeline')).toBe('timeline.v1.0')
    expect(watermark.collectionOf('unheard-of')).toBe('unheard-of.none')
  })

  it('wakes who waits for it', async () => {
    const watermark = createSharedWatermark({ logs: 1, partitions: 1 })
    const reached = watermark.reached(5n, 10_000)
    watermark.hear(says(0, 5))
    expect(await reached).toBe(true)
    expect(await watermark.reached(6n, 0)).toBe(false)
  })

  it('keeps what a partition reached when a successor begins below it', () => {
    const watermark = createSharedWatermark({ logs: 1, partitions: 2 })
    watermark.hear(says(0, 9))
    watermark.hear(says(0, 4))
    watermark.hear(says(1, 8))
    expect(watermark.current()).toEqual([8n])
  })

  it('stands still, on the old generation, while partitions switch one after the other', () => {
    const watermark = createSharedWatermark({ logs: 1, partitions: 2 })
    for (const partition of [0, 1]) watermark.hear(says(partition, 5))
    watermark.hear(says(0, 8, 1))
    watermark.hear(says(1, 9))
    expect([...watermark.current(), watermark.collectionOf('timeline')]).toEqual([5n, 'timeline.v1.0'])
    watermark.hear(says(1, 9, 1))
    expect([...watermark.current(), watermark.collectionOf('timeline')]).toEqual([8n, 'timeline.v1.1'])
  })

  it('does not go back to a generation that is behind, when a process that was passed over speaks again', () => {
    const watermark = createSharedWatermark({ logs: 1, partitions: 2 })
    for (const partition of [0, 1]) watermark.hear(says(partition, 5))
    for (const partition of [0, 1]) watermark.hear(says(partition, 9, 1))
    for (const partition of [0, 1]) watermark.hear(says(partition, 5))
    expect([...watermark.current(), watermark.collectionOf('timeline')]).toEqual([9n, 'timeline.v1.1'])
    for (const partition of [0, 1]) watermark.hear(says(partition, 10, 1))
    expect(watermark.current()).toEqual([10n])
  })

  it('takes names for the same in whatever order they come', () => {
    const watermark = createSharedWatermark({ logs: 1, partitions: 2 })
    watermark.hear({ partition: 0, upTo: 3n, collections: { a: 'a.v1.0', b: 'b.v1.0' } })
    watermark.hear({ partition: 1, upTo: 4n, collections: { b: 'b.v1.0', a: 'a.v1.0' } })
    expect(watermark.current()).toEqual([3n])
  })

  describe('over several logs', () => {
    const logs = { logs: 2, partitions: 2 }
    const second = bandStart(1)
    const told = (partition: number, upTo: bigint, n = 0): PartitionProgress => ({
      partition,
      upTo,
      collections: generation(n),
    })

    it('is the lowest of the partitions of each log: one that stands still does not hold up the other', () => {
      const watermark = createSharedWatermark(logs)
      for (const [partition, upTo] of [5n, 7n, second + 3n, second + 1n].entries())
        watermark.hear(told(partition, upTo))
      expect(watermark.current()).toEqual([5n, second + 1n])
      watermark.hear(told(0, 99n))
      watermark.hear(told(1, 98n))
      expect(watermark.current()).toEqual([98n, second + 1n])
    })

    it('begins where its log does, while a partition of it has nothing', async () => {
      const watermark = createSharedWatermark(logs)
      for (const [partition, upTo] of [5n, 7n, 0n, second + 1n].entries()) watermark.hear(told(partition, upTo))
      expect(watermark.current()).toEqual([5n, second])
      expect(await watermark.reached(second, 0)).toBe(true)
      expect(await watermark.reached(second + 1n, 0)).toBe(false)
      expect(await watermark.reached(bandStart(2) + 1n, 0)).toBe(false)
    })

    it('switches to generations only when none of its components would go back', () => {
      const watermark = createSharedWatermark(logs)
      const all = [0, 1, 2, 3]
      for (const partition of all) watermark.hear(told(partition, bandStart(partition >> 1) + 5n))
      for (const partition of all)
        watermark.hear(told(partition, bandStart(partition >> 1) + (partition < 2 ? 9n : 4n), 1))
      expect(watermark.collectionOf('timeline')).toBe('timeline.v1.0')
      for (const partition of [2, 3]) watermark.hear(told(partition, second + 6n, 1))
      expect([...watermark.current(), watermark.collectionOf('timeline')]).toEqual([9n, second + 6n, 'timeline.v1.1'])
    })
  })
})
