import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxLogs } from '../../../src/event-log/positions.ts'
import {
  createLogOf,
  decodeLogSlots,
  encodeLogSlots,
  evenSlotMap,
  ownersOf,
} from '../../../src/event-log/routing/slot-map.ts'
import { partitionOf, slotOf, slots } from '../../../src/event-log/routing/stream-slots.ts'

const logs = fc.integer({ min: 2, max: maxLogs })

describe('the slot of a stream', () => {
  it('is the same for ever', () => {
    expect(['conversation-a', 'conversation-b', 'user-alice', 'user-bob'].map(slotOf)).toEqual([435, 562, 1566, 2134])
  })

  it('is the same for all streams of a conversation', () => {
    fc.assert(fc.property(fc.uuid(), (id) => void expect(slotOf(`conversation-${id}`)).toBe(slotOf(`receipts-${id}`))))
  })

  it('says nothing about the partition: each log has streams in all of its partitions', () => {
    const logOf = createLogOf(ownersOf(evenSlotMap('set', 4)) ?? new Uint8Array())
    const places = new Set<string>()
    for (let n = 0; n < 2_000; n += 1)
      places.add(`${logOf(`conversation-${n}`)}/${partitionOf(`conversation-${n}`, 8)}`)
    expect(places.size).toBe(4 * 8)
  })
})

describe('the map of slots', () => {
  it('gives every slot to exactly one log, in even shares', () => {
    fc.assert(
      fc.property(logs, (count) => {
        const owners = [...(ownersOf(evenSlotMap('set', count)) ?? [])]
        expect(owners).toHaveLength(slots)
        const shares = Array.from({ length: count }, (_, log) => owners.filter((owner) => owner === log).length)
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is no map when a slot has two owners, or none', () => {
    const { ranges, ...map } = evenSlotMap('set', 2)
    expect(ownersOf({ ...map, ranges: [[[0, 2048]], [[2048, 4095]]] })).toBeUndefined()
    expect(ownersOf({ ...map, ranges: [[[0, 2046]], [[2048, 4095]]] })).toBeUndefined()
    expect(ownersOf({ ...map, ranges: ranges.slice(1) })).toBeUndefined()
    expect(
      ownersOf({
        ...map,
        ranges: [
          [
            [0, 9],
            [20, 4095],
          ],
          [[10, 19]],
        ],
      })?.[15],
    ).toBe(1)
  })

  it('is read as it was written, and nothing else is', () => {
    fc.assert(
      fc.property(logs, fc.nat(maxLogs - 1), (count, index) => {
        const copy = { map: evenSlotMap('set', count), index }
        expect(decodeLogSlots(encodeLogSlots(copy))).toEqual(copy)
      }),
    )
    for (const text of ['', '{}', 'null', '{"version":0}', encodeLogSlots({ map: evenSlotMap('', 2), index: 0 })])
      expect(decodeLogSlots(text)).toBeUndefined()
  })
})
