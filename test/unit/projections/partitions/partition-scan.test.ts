import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { createLogPages } from '../../../../src/event-log/reading/log-pages.ts'
import type { EventReader, Position } from '../../../../src/ports/event-log.ts'
import { createPartitionScan, type PartitionScan } from '../../../../src/projections/partitions/partition-scan.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { logEvents } from '../../../support/event-log/events.ts'

const mine = (stream: string) => stream.endsWith('mine')

/** A log in which `own` says of each event whether it belongs to the partition. */
const logOf = async (own: readonly boolean[]) => {
  const log = createMemoryLog()
  for (const [at, each] of own.entries())
    await appendAtEnd(log, each ? 'conversation-mine' : 'conversation-other', logEvents(`e${at}-`, 1))
  return log
}
const positionsOf = (own: readonly boolean[]): readonly Position[] =>
  own.flatMap((each, at) => (each ? [BigInt(at + 1)] : []))

const read = async (scan: PartitionScan, after: Position, limit: number) =>
  (await scan.read(after, limit)).events.map(({ position }) => position)

const history = fc.array(fc.boolean(), { maxLength: 40 })
const small = fc.integer({ min: 1, max: 6 })

describe('a scan of one partition', () => {
  it('reads what a filter of the whole log gives, from anywhere, in any order, side by side', async () => {
    const asked = fc.record({ after: fc.nat(45), limit: small })
    const property = fc.asyncProperty(history, small, fc.array(asked, { maxLength: 20 }), async (own, size, reads) => {
      const scan = createPartitionScan(createLogPages(await logOf(own), size), mine)
      const all = positionsOf(own)
      const checks = reads.map(async ({ after, limit }) => {
        expect(await read(scan, BigInt(after), limit)).toEqual(all.filter((each) => each > after).slice(0, limit))
      })
      await Promise.all(checks)
    })
    await fc.assert(property, { numRuns: 200 })
  })

  it('goes on from page to page to the end of the log, and finds what is added behind it', async () => {
    const property = fc.asyncProperty(history, history, small, small, async (before, later, size, limit) => {
      const log = await logOf(before)
      const scan = createPartitionScan(createLogPages(log, size), mine)
      const found: Position[] = []
      const readOn = async () => {
        for (;;) {
          const positions = await read(scan, found.at(-1) ?? 0n, limit)
          if (positions.length === 0) return
          found.push(...positions)
        }
      }
      await readOn()
      for (const [at, each] of later.entries())
        await appendAtEnd(log, each ? 'conversation-mine' : 'conversation-other', logEvents(`l${at}-`, 1))
      await readOn()
      expect(found).toEqual(positionsOf([...before, ...later]))
    })
    await fc.assert(property, { numRuns: 100 })
  })

  it('reads no page of the log twice while it goes on', async () => {
    const log = await logOf(Array.from({ length: 30 }, (_, at) => at % 3 === 0))
    const reads: Position[] = []
    const readAll: EventReader['readAll'] = async (after, limit) => {
      reads.push(after)
      return log.readAll(after, limit)
    }
    const scan = createPartitionScan(createLogPages({ readAll }, 5), mine)
    let found = await read(scan, 0n, 2)
    while (found.length > 0) found = await read(scan, found.at(-1) ?? 0n, 2)
    expect(new Set(reads).size).toBe(reads.length)
  })

  it('that failed in the middle reads everything when it is asked again', async () => {
    const log = await logOf([true, true, true, false, true, true])
    let healthy = 3
    const readAll: EventReader['readAll'] = async (after, limit) => {
      healthy -= 1
      if (healthy === 0) throw new Error('the log does not answer')
      return log.readAll(after, limit)
    }
    const scan = createPartitionScan(createLogPages({ readAll }, 2), mine)
    expect(await read(scan, 0n, 1)).toEqual([1n])
    await expect(scan.read(1n, 5)).rejects.toThrow('does not answer')
    expect(await read(scan, 1n, 5)).toEqual([2n, 3n, 5n, 6n])
  })

  it('says how far the log was looked through, also where nothing belongs to the partition', async () => {
    const scan = createPartitionScan(createLogPages(await logOf([true, false, false]), 2), mine)
    expect(await scan.read(0n, 1)).toMatchObject({ events: [{ position: 1n }], seen: 2n })
    expect(await scan.read(1n, 1)).toEqual({ events: [], seen: 3n })
    expect(await scan.read(3n, 1)).toEqual({ events: [], seen: 3n })
  })
})
