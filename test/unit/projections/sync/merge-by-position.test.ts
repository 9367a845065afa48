import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { sizeOfEvent } from '../../../../src/event-log/reading/append-limits.ts'
import type { Range } from '../../../../src/projections/reading/visibility.ts'
import { createSource } from '../../../../src/projections/reading/visible-events.ts'
import { createMerge } from '../../../../src/projections/sync/merge-by-position.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'

const event = (id: number) => ({
  id: String(id),
  type: 'MessageSent',
  version: 1,
  at: id,
  userId: 'ann',
  deviceId: 'phone',
  data: '{}',
  body: null,
})

/** Disjoint, ascending ranges from a list of gaps and lengths; the last may be open. */
const ranges = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 5 })), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([pieces, open]) => {
    const found: Range[] = []
    let at = 0
    for (const [gap, length] of pieces) {
      found.push({ from: at + gap, to: at + gap + length - 1 })
      at += gap + length + 1
    }
    const last = found.at(-1)
    if (open && last !== undefined) found[found.length - 1] = { from: last.from, to: Number.POSITIVE_INFINITY }
    return found
  })

test('P4: merged sources give exactly the visible events between two positions, by position, whatever the chunk and the bytes that may be held', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 60 }),
      fc.array(ranges, { minLength: 4, maxLength: 4 }),
      fc.nat(60),
      fc.nat(60),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(0, 700, 100_000),
      async (order, visible, from, length, chunk, bytes) => {
        const log = createMemoryLog()
        for (const [index, stream] of order.entries()) await appendAtEnd(log, `conversation-${stream}`, [event(index)])
        const span = { after: BigInt(from), upTo: BigInt(from + length) }
        const merge = createMerge(bytes)
        const spec = { ...span, chunk, chunkBytes: bytes, redact: null }
        for (const [stream, spans] of visible.entries()) {
          const source = createSource(log, { stream: `conversation-${stream}`, ranges: spans, ...spec })
          await source.fill()
          merge.add(source)
        }
        const got: string[] = []
        for (;;) {
          const next = merge.peek()
          if (next === undefined && !(await merge.fill())) break
          if (next === undefined) continue
          got.push(next.id)
          // What is on top is needed; no other source keeps what does not fit.
          expect(merge.held()).toBeLessThanOrEqual(bytes + 2 * Math.max(bytes, sizeOfEvent(next)) + 300)
          merge.advance()
        }
        const all = await log.readAll(0n, 1000)
        const expected = all.filter(({ position, stream, revision }) => {
          const spans = visible[Number(stream.slice('conversation-'.length))] ?? []
          const seen = spans.some((range) => revision >= range.from && revision <= range.to)
          return seen && position > span.after && position <= span.upTo
        })
        expect(got).toEqual(expected.map(({ id }) => id))
        await log.close()
      },
    ),
    { numRuns: 300 },
  )
})
