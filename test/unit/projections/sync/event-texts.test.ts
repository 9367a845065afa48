import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../../src/ports/event-log.ts'
import { ascii } from '../../../../src/projections/reading/ascii-text.ts'
import { encodeEvent } from '../../../../src/projections/reading/encode-event.ts'
import { textOf } from '../../../../src/projections/reading/encoded-events.ts'
import { createEncodedEventList } from '../../../../src/projections/sync/encoded-event-list.ts'
import { createEventTexts, type EventTexts } from '../../../../src/projections/sync/event-texts.ts'

const event = (revision: number, body: string | null, name = ''): RecordedEvent => ({
  id: String(revision),
  stream: 'conversation-1',
  revision,
  position: BigInt(revision + 10),
  type: 'MessageSent',
  version: 1,
  at: revision,
  userId: 'ann',
  deviceId: 'phone',
  data: JSON.stringify({ name }),
  body,
})

const expected = (events: readonly RecordedEvent[]): string => ascii(events.map(encodeEvent).join(','))

/** A page of some events, each of which is read with those after it. */
const pageOf = (texts: EventTexts, events: readonly RecordedEvent[]) => {
  const list = createEncodedEventList()
  for (const [index, one] of events.entries()) list.add(texts.placeOf(one, () => events.slice(index)))
  return { ...list.encoded(), characters: list.characters() }
}

test('a page is the texts of its events joined by commas, whatever was encoded before it, however large they are', () => {
  const bodies = fc.array(
    fc.record({ size: fc.constantFrom(0, 10, 3_000, 40_000, 90_000), name: fc.string({ unit: 'grapheme' }) }),
    { minLength: 1, maxLength: 12 },
  )
  const reads = fc.array(fc.tuple(fc.nat(11), fc.nat(12), fc.boolean()), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(bodies, reads, (all, spans) => {
      const texts = createEventTexts()
      const events = all.map(({ size, name }, index) => event(index, 'A'.repeat(size), name))
      for (const [from, length, withGaps] of spans) {
        const read = events.slice(from, from + length).filter(({ revision }) => !withGaps || revision % 3 !== 0)
        const page = pageOf(texts, read)
        expect(textOf(page)).toBe(expected(read))
        expect(page.count).toBe(read.length)
        expect(page.characters).toBe(read.reduce((sum, one) => sum + ascii(encodeEvent(one)).length, 0))
      }
    }),
  )
})

test('who reads the same events later is given the same bytes, also from another place on', () => {
  const texts = createEventTexts()
  const events = Array.from({ length: 8 }, (_, index) => event(index, 'A'.repeat(6_000)))
  const [first] = pageOf(texts, events).pieces
  const [second] = pageOf(texts, events.slice(3)).pieces
  expect(second?.buffer).toBe(first?.buffer)
  expect(first?.subarray(-(second?.length ?? 0))).toEqual(second)
})

test('an event whose body is gone has a text without it', () => {
  const texts = createEventTexts()
  const kept = event(1, 'AAAA')
  pageOf(texts, [kept])
  const blanked = { ...kept, body: null }
  expect(textOf(pageOf(texts, [blanked, event(2, 'BBBB')]))).not.toContain('AAAA')
})

test('events of many conversations in turn are one piece, not one each', () => {
  const texts = createEventTexts()
  const streams = [0, 1].map((first) => Array.from({ length: 20 }, (_, index) => event(2 * index + first, 'AAAA')))
  for (const events of streams) pageOf(texts, events)
  const inTurn = streams.flat().sort((a, b) => a.revision - b.revision)
  const page = pageOf(texts, inTurn)
  expect(page.pieces).toHaveLength(1)
  expect(textOf(page)).toBe(expected(inTurn))
})
