import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createBusJournal } from '../../support/event-bus/journal.ts'
import { busSlice, follow, sliceChain } from '../../support/event-bus/slices.ts'
import type { BusWorld } from './event-bus.suite.ts'

export const busGroupContract = ({ partitions, bus, connect, journal, join }: BusWorld): void => {
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const heldBy = (name: string) => [...journal().holders].filter(([, holder]) => holder === name).length
  const allHeld = () => journal().until(() => journal().holders.size === partitions)
  const reached = (partition: number, upTo: bigint, of = journal()) =>
    of.until(() => (of.takenOf(partition).at(-1)?.upTo ?? -1n) >= upTo)

  describe('a group', () => {
    it('gets what every other group gets', async () => {
      const other = createBusJournal()
      await join('views', 'a')
      await join('fan-out', 'b', { journal: other })
      await bus().publish(all.map((partition) => busSlice(partition, 0n, [1n, 2n])))
      for (const partition of all) {
        await reached(partition, 2n)
        await reached(partition, 2n, other)
      }
      expect(other.faults).toEqual([])
    })

    it('begins with the oldest slice there is, or with the first one after it has its partitions', async () => {
      const late = createBusJournal()
      await bus().publish([busSlice(0, 0n, [1n])])
      await join('old', 'a')
      await reached(0, 1n)
      await join('new', 'b', { from: 'latest', journal: late })
      await late.until(() => late.holders.size === partitions)
      await bus().publish([busSlice(0, 1n, [2n])])
      await reached(0, 2n, late)
      expect(late.takenOf(0)).toEqual([busSlice(0, 1n, [2n])])
    })

    it('that began with the latest keeps its place while nobody of it is there', async () => {
      const { consumption } = await join('new', 'a', { from: 'latest' })
      await allHeld()
      await consumption.close()
      await bus().publish([busSlice(0, 0n, [1n])])
      await join('new', 'b', { from: 'latest' })
      await reached(0, 1n)
      expect(follow(journal().takenOf(0)).holes).toEqual([])
    })

    it('goes on behind the last slice that was taken', async () => {
      const next = sliceChain(2)
      const { consumption } = await join('views', 'a')
      await bus().publish([next(3), next(2)])
      await reached(2, 5n)
      await consumption.close()
      expect(consumption.partitions()).toEqual([])
      await bus().publish([next(1), next(0, 4n)])
      await join('views', 'b')
      await reached(2, 10n)
      expect(journal().taken.flatMap(({ events }) => events.map((event) => event.position))).toEqual([
        1n,
        2n,
        3n,
        4n,
        5n,
        6n,
      ])
    })

    it('gets a slice again that was not taken when its member went', async () => {
      const begun = Promise.withResolvers<void>()
      const gone = Promise.withResolvers<void>()
      const { consumption } = await join('views', 'a', {
        behaviour: async () => {
          begun.resolve()
          await gone.promise
          throw new Error('closed meanwhile')
        },
      })
      await bus().publish([busSlice(1, 0n, [1n])])
      await begun.promise
      const closing = consumption.close()
      gone.resolve()
      await closing
      await join('views', 'b')
      await reached(1, 1n)
      expect(follow(journal().takenOf(1)).holes).toEqual([])
    })

    it('waits for the slice in progress when a member goes, and does not hand it over again', async () => {
      const begun = Promise.withResolvers<void>()
      const order: string[] = []
      const { consumption } = await join('views', 'a', {
        behaviour: async () => {
          begun.resolve()
          for (let turn = 0; turn < 20; turn += 1) await nextTurn()
          order.push('taken')
        },
      })
      await bus().publish([busSlice(1, 0n, [1n])])
      await begun.promise
      await consumption.close()
      order.push('closed')
      expect(order).toEqual(['taken', 'closed'])
      await join('views', 'b')
      await bus().publish([busSlice(1, 1n, [2n])])
      await reached(1, 2n)
      expect(journal().takenOf(1)).toEqual([busSlice(1, 0n, [1n]), busSlice(1, 1n, [2n])])
    })

    it('says how much of each held partition it has not taken', async () => {
      const gate = Promise.withResolvers<void>()
      const { consumption } = await join('views', 'a', { behaviour: () => gate.promise })
      await allHeld()
      expect([...(await consumption.lag())]).toEqual(all.map((partition) => [partition, 0]))
      const next = sliceChain(3)
      for (let index = 0; index < 5; index += 1) await bus().publish([next(1)])
      const lag = await consumption.lag()
      expect(lag.get(3)).toBe(5)
      expect(lag.get(0)).toBe(0)
      gate.resolve()
      await reached(3, 5n)
      await expect.poll(async () => (await consumption.lag()).get(3)).toBe(0)
    })
  })

  describe('members of a group', () => {
    it('share the partitions, each of which is closed by one before it is opened by another', async () => {
      const first = await join('views', 'a')
      await allHeld()
      expect(first.consumption.partitions()).toEqual(all)
      const second = await join('views', 'b', { bus: await connect() })
      await journal().until(() => heldBy('b') > 0 && journal().holders.size === partitions)
      const together = [...first.consumption.partitions(), ...second.consumption.partitions()]
      expect(together.sort()).toEqual(all)
      await first.consumption.close()
      await journal().until(() => heldBy('b') === partitions)
      expect(second.consumption.partitions()).toEqual(all)
    })

    it('that come and go lose nothing, whatever is published meanwhile', async () => {
      const chains = all.map((partition) => sliceChain(partition))
      let publishing = true
      const publish = async () => {
        while (publishing) {
          await bus().publish(chains.map((next) => next(2, 1n)))
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
      const publishingDone = publish()
      const first = await join('views', 'a')
      await allHeld()
      const second = await join('views', 'b', { bus: await connect() })
      await journal().until(() => heldBy('b') > 0)
      await first.consumption.close()
      await journal().until(() => heldBy('b') === partitions)
      const third = await join('views', 'c', { bus: await connect() })
      await journal().until(() => heldBy('c') > 0)
      await second.consumption.close()
      await journal().until(() => heldBy('c') === partitions)
      publishing = false
      await publishingDone
      const last = chains.map((next) => next(1))
      await bus().publish(last)
      for (const { partition, upTo } of last) {
        await reached(partition, upTo)
        expect(follow(journal().takenOf(partition))).toMatchObject({ holes: [], position: upTo })
      }
      expect(third.errors).toEqual([])
    })
  })
}
