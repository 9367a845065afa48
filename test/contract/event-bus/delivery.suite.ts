import { describe, expect, it } from 'vitest'
import type { BusSlice } from '../../../src/ports/event-bus.ts'
import { busEvent, busSlice, follow, sliceChain } from '../../support/event-bus/slices.ts'
import type { BusWorld } from './event-bus.suite.ts'

const positionsOf = (slices: readonly BusSlice[]) => slices.flatMap(({ events }) => events.map((e) => e.position))

export const busDeliveryContract = ({ partitions, bus, journal, join }: BusWorld): void => {
  /** The last slice of `partition` that was taken ends at or above `upTo`. */
  const reached = (partition: number, upTo: bigint) =>
    journal().until(() => (journal().takenOf(partition).at(-1)?.upTo ?? -1n) >= upTo)

  describe('delivery', () => {
    it('hands over every column of every event as it was published', async () => {
      const events = [
        busEvent(5n, { data: '{ "not": "as JSON.stringify writes it" }', body: null, target: 3 }),
        busEvent(9n, { data: 'no JSON at all', stream: 'user-Zoë👋', id: 'x'.repeat(256) }),
        busEvent(9_007_199_254_740_993n, { body: '', userId: '', deviceId: '' }),
      ]
      const slice = { partition: 1, after: 4n, upTo: 9_007_199_254_740_999n, events }
      await join('views', 'a')
      await bus().publish([slice])
      await reached(1, slice.upTo)
      expect(follow(journal().takenOf(1), 4n)).toEqual({ events, holes: [], position: slice.upTo })
    })

    it('hands over a partition in the order of publication, without a hole, once while nobody fails', async () => {
      await join('views', 'a')
      const chains = Array.from({ length: partitions }, (_, partition) => sliceChain(partition))
      for (let round = 0; round < 30; round += 1)
        await bus().publish(chains.map((next, partition) => next((round + partition) % 4, BigInt(round % 3))))
      for (const [partition, next] of chains.entries()) {
        const last = next(1)
        await bus().publish([last])
        await reached(partition, last.upTo)
        const { holes, position, events } = follow(journal().takenOf(partition))
        expect({ holes, position }).toEqual({ holes: [], position: last.upTo })
        expect(positionsOf(journal().takenOf(partition))).toEqual(events.map((event) => event.position))
      }
    })

    it('keeps the order of calls that did not wait for each other', async () => {
      await join('views', 'a')
      const next = sliceChain(2)
      await Promise.all(Array.from({ length: 40 }, () => bus().publish([next(3)])))
      await reached(2, 120n)
      expect(follow(journal().takenOf(2)).holes).toEqual([])
    })

    it('lets marks tell that nothing happened', async () => {
      await join('views', 'a')
      const next = sliceChain(0)
      await bus().publish([next(0, 10n)])
      await reached(0, 10n)
      await bus().publish([next(2), next(0, 5n), next(0, 0n)])
      await reached(0, 17n)
      expect(follow(journal().takenOf(0))).toMatchObject({ holes: [], position: 17n })
      expect(positionsOf(journal().takenOf(0))).toEqual([11n, 12n])
    })

    it('shows a hole where one was left, and hands over again what was published again', async () => {
      await join('views', 'a')
      const slices = [
        busSlice(3, 0n, [1n, 2n]),
        busSlice(3, 8n, [9n]),
        busSlice(3, 0n, [1n, 2n]),
        busSlice(3, 9n, [12n]),
      ]
      for (const slice of slices) await bus().publish([slice])
      await reached(3, 12n)
      expect(follow(journal().takenOf(3)).holes).toEqual([[2n, 8n]])
      expect(positionsOf(journal().takenOf(3))).toEqual([1n, 2n, 9n, 1n, 2n, 12n])
    })

    it('carries more at once than fits into one message of any engine, whole and in order', async () => {
      await join('views', 'a')
      const body = 'A'.repeat(90_000)
      const slices = [0, 1].flatMap((partition) => {
        const next = sliceChain(partition)
        return Array.from({ length: 4 }, () => next(12))
      })
      await bus().publish(slices.map((s) => ({ ...s, events: s.events.map((event) => ({ ...event, body })) })))
      for (const partition of [0, 1]) {
        await reached(partition, 48n)
        const { events, holes } = follow(journal().takenOf(partition))
        expect(holes).toEqual([])
        expect(events.every((event) => event.body === body)).toBe(true)
        expect(events).toHaveLength(48)
      }
    })

    it('takes nothing for a partition that does not exist', async () => {
      await expect(bus().publish([busSlice(partitions, 0n, [1n])])).rejects.toThrow(RangeError)
    })

    it('takes nothing after it was closed, and may be closed twice', async () => {
      const { consumption } = await join('views', 'a')
      await Promise.all([bus().close(), bus().close(), consumption.close()])
      await expect(bus().publish([busSlice(0, 0n, [1n])])).rejects.toThrow()
      await expect(join('views', 'b')).rejects.toThrow()
    })
  })

  describe('a consumer that fails', () => {
    it('is told of, closed, opened anew and handed the slice again; the other partitions go on meanwhile', async () => {
      let failures = 3
      const healed = Promise.withResolvers<void>()
      const { errors } = await join('views', 'a', {
        behaviour: async ({ partition }) => {
          if (partition !== 1 || failures === 0) return
          failures -= 1
          if (failures === 0) await healed.promise
          throw new Error('not now')
        },
      })
      await bus().publish([busSlice(1, 0n, [1n, 2n])])
      await journal().until(() => errors.length === 2)
      await bus().publish([busSlice(0, 0n, [1n]), busSlice(2, 0n, [2n]), busSlice(1, 2n, [3n])])
      await reached(0, 1n)
      await reached(2, 2n)
      expect(journal().takenOf(1)).toEqual([])
      healed.resolve()
      await reached(1, 3n)
      expect(follow(journal().takenOf(1))).toMatchObject({ holes: [], position: 3n })
      expect(errors).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ message: 'not now' })))
      expect(journal().opened.filter((one) => one === 'a/1')).toHaveLength(4)
    })

    it('is opened again when it could not be opened', async () => {
      let failures = 2
      const member = journal().member('a')
      const open = async (partition: number) => {
        if (partition === 3 && failures > 0) {
          failures -= 1
          throw new Error('cannot open')
        }
        return member.open(partition)
      }
      await bus().consume('views', open, { from: 'earliest', onError: member.onError })
      await bus().publish([busSlice(3, 0n, [1n])])
      await reached(3, 1n)
      expect(member.errors).toHaveLength(2)
    })
  })
}
