import type { KafkaMessage } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { toMessages } from '../../../src/adapters/kafka/bus-messages.ts'
import { createHoldings } from '../../../src/adapters/kafka/holdings.ts'
import { createBusJournal } from '../../support/event-bus/journal.ts'
import { busSlice, follow } from '../../support/event-bus/slices.ts'

/** Events at `first` and the positions after it, as fetched: the offset of each is its position. */
const fetched = (first: bigint, count: number, body?: string): KafkaMessage[] => {
  const positions = Array.from({ length: count }, (_, index) => first + BigInt(index))
  const slice = busSlice(0, first - 1n, positions)
  const events = slice.events.map((event) => (body === undefined ? event : { ...event, body }))
  return toMessages({ ...slice, events }).map(({ value, headers }, index) => ({
    key: null,
    value,
    headers,
    timestamp: '0',
    attributes: 0,
    offset: `${positions[index]}`,
  }))
}

describe('what a member of a Kafka group holds', () => {
  const open = (behaviour?: () => Promise<void>) => {
    const journal = createBusJournal()
    const member = journal.member('a', behaviour)
    return { journal, holdings: createHoldings({ open: member.open, onError: member.onError }), errors: member.errors }
  }

  it('takes nothing of a partition that is not held', () => {
    const { holdings } = open()
    expect(holdings.add(0, fetched(1n, 1))).toBe('refused')
  })

  it('asks once more for what seems to be left out, and believes it when it is left out again', async () => {
    const { holdings, journal } = open()
    holdings.begin(0, 1n, () => {})
    expect(holdings.add(0, fetched(1n, 2))).toBe('added')
    expect(holdings.add(0, fetched(7n, 1))).toBe('gap')
    expect(holdings.end(0)).toBe(3n)
    expect(holdings.add(0, fetched(3n, 4))).toBe('added')
    expect(holdings.add(0, fetched(9n, 1))).toBe('gap')
    expect(holdings.add(0, fetched(9n, 1))).toBe('added')
    await journal.until(() => journal.taken.at(-1)?.upTo === 9n)
    expect(follow(journal.taken).holes).toEqual([[6n, 8n]])
    await holdings.release()
  })

  it('says when it is full, and when there is room again', async () => {
    const gate = Promise.withResolvers<void>()
    const room = Promise.withResolvers<void>()
    const { holdings, journal } = open(() => gate.promise)
    holdings.begin(0, 1n, room.resolve)
    expect(holdings.add(0, fetched(1n, 3, 'A'.repeat(300_000)))).toBe('added')
    expect(holdings.add(0, fetched(4n, 3, 'A'.repeat(300_000)))).toBe('full')
    gate.resolve()
    await room.promise
    await journal.until(() => journal.taken.at(-1)?.upTo === 6n)
    await holdings.release()
  })

  it('moves its place with what was taken, and not before', async () => {
    const gate = Promise.withResolvers<void>()
    const { holdings, journal } = open(() => gate.promise)
    holdings.begin(0, 5n, () => {})
    holdings.add(0, fetched(5n, 2))
    expect(holdings.moved()).toEqual([])
    gate.resolve()
    await journal.until(() => journal.taken.length > 0)
    await expect.poll(() => holdings.moved()).toEqual([{ partition: 0, offset: 7n }])
    holdings.committed(holdings.moved())
    expect(holdings.moved()).toEqual([])
    await holdings.release()
    expect(holdings.places()).toEqual(new Map([[0, 7n]]))
    holdings.clear()
    expect(holdings.places().size).toBe(0)
  })
})
