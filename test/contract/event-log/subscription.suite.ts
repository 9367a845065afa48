import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { collect } from '../../support/event-log/collector.ts'
import { idsOf, logEvent, logEvents } from '../../support/event-log/events.ts'
import type { LogUnderTest, LogWorld } from './event-log.suite.ts'

/** Appends in bursts of the given sizes, over three streams, without waiting for one burst before the next. */
const appendBursts = async (log: LogUnderTest, name: string, bursts: readonly number[]): Promise<void> => {
  const appends: Promise<unknown>[] = []
  for (const [burst, size] of bursts.entries()) {
    for (let index = 0; index < size; index++) {
      appends.push(appendAtEnd(log, `s${index % 3}`, [logEvent(`${name}/${burst}/${index}`)]))
    }
    await nextTurn()
  }
  await Promise.all(appends)
}

const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0)

export const subscriptionContract = ({ log, reopen, another }: LogWorld): void => {
  describe('subscription', () => {
    it('delivers history and then live events, once and in order', async () => {
      await appendAtEnd(log(), 'a', logEvents('old', 5))
      const reader = collect(log(), 0n, { batchSize: 2 })
      await reader.reached(5)
      await appendAtEnd(log(), 'b', logEvents('new', 5))
      await reader.reached(10)
      expect(reader.events).toEqual(await log().readAll(0n, 100))
      await reader.close()
    })

    it('begins after the given position', async () => {
      const { position } = await appendAtEnd(log(), 'a', logEvents('x', 3))
      await appendAtEnd(log(), 'a', [logEvent('x3'), logEvent('x4')])
      const reader = collect(log(), position)
      await reader.reached(2)
      expect(idsOf(reader.events)).toEqual(['x3', 'x4'])
    })

    it('to some types delivers their events alone, and tells that it has passed over the others', async () => {
      const of = (type: string, id: string) => logEvent(id, { type })
      await appendAtEnd(log(), 'a', [of('Wanted', 'x0'), of('WantedNot', 'y0'), of('Other', 'z0')])
      const reader = collect(log(), 0n, { types: new Set(['Wanted', 'Rare']) })
      await reader.reached(1)
      await appendAtEnd(log(), 'b', [of('Other', 'z1'), of('Rare', 'x1'), of('Wanted', 'x2')])
      await reader.reached(3)
      expect(idsOf(reader.events)).toEqual(['x0', 'x1', 'x2'])
      const { position } = await appendAtEnd(log(), 'b', [of('Other', 'z2'), of('WantedNot', 'y1')])
      await expect.poll(() => reader.position(), { timeout: 15_000 }).toBe(position)
      await appendAtEnd(log(), 'c', [of('Rare', 'x3')])
      await reader.reached(4)
      expect(idsOf(reader.events)).toEqual(['x0', 'x1', 'x2', 'x3'])
      await reader.close()
    })

    it('neither misses nor repeats over the switch from history to live, whatever is appended meanwhile [P4]', async () => {
      const bursts = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 })
      const batchSize = fc.integer({ min: 1, max: 20 })
      const property = fc.asyncProperty(bursts, bursts, batchSize, async (before, during, size) => {
        const subject = await another()
        await appendBursts(subject, 'before', before)
        const appending = appendBursts(subject, 'during', during)
        const reader = collect(subject, 0n, { batchSize: size, before: () => nextTurn() })
        await appending
        await reader.reached(sum(before) + sum(during))
        await nextTurn()
        expect(reader.events).toEqual(await subject.readAll(0n, 10_000))
        expect(reader.events).toHaveLength(sum(before) + sum(during))
        await subject.close()
      })
      await fc.assert(property, { numRuns: 25 })
    })

    it('goes on from a checkpoint after a restart without a gap or a repeat [P4]', async () => {
      await appendAtEnd(log(), 'a', logEvents('x', 20))
      const before = collect(log(), 0n, { batchSize: 7 })
      await before.reached(7)
      await before.close()
      await appendAtEnd(log(), 'a', logEvents('y', 5))
      await reopen()
      const after = collect(log(), before.checkpoint(), { batchSize: 4 })
      await appendAtEnd(log(), 'a', logEvents('z', 5))
      await after.reached(30 - before.events.length)
      expect([...before.events, ...after.events]).toEqual(await log().readAll(0n, 100))
    })

    it('waits for a slow handler: one call at a time, and none of it is lost', async () => {
      let running = 0
      const reader = collect(log(), 0n, {
        batchSize: 10,
        async before(batch) {
          expect(++running).toBe(1)
          expect(batch.length).toBeLessThanOrEqual(10)
          for (let turn = 0; turn < 5; turn++) await nextTurn()
          running--
        },
      })
      await appendBursts(
        log(),
        'x',
        Array.from({ length: 40 }, () => 10),
      )
      await reader.reached(400)
      expect(reader.events).toEqual(await log().readAll(0n, 1000))
    })

    it('rejects `done` with what the handler threw, and calls it no more', async () => {
      let calls = 0
      const subscription = log().subscribe(0n, () => {
        calls++
        throw new Error('no thanks')
      })
      await appendAtEnd(log(), 'a', [logEvent('x')])
      await expect(subscription.done).rejects.toThrow('no thanks')
      await appendAtEnd(log(), 'a', [logEvent('y')])
      await nextTurn()
      expect(calls).toBe(1)
      await subscription.close()
    })

    it('closes after the handler in progress, and delivers nothing after that', async () => {
      const { promise: started, resolve: start } = Promise.withResolvers<void>()
      const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
      const before = () => {
        start()
        return finished
      }
      const reader = collect(log(), 0n, { before })
      await appendAtEnd(log(), 'a', [logEvent('x')])
      await started
      const closing = reader.close()
      finish()
      await closing
      await reader.done
      expect(idsOf(reader.events)).toEqual(['x'])
      await appendAtEnd(log(), 'a', [logEvent('y')])
      await nextTurn()
      expect(idsOf(reader.events)).toEqual(['x'])
    })

    it('ends with the log', async () => {
      const reader = collect(log(), 0n)
      await log().close()
      await reader.done
    })
  })
}

/** For a log that acknowledges an append before it tells its subscribers. */
export const acknowledgementContract = ({ log }: LogWorld): void => {
  describe('acknowledgement', () => {
    it('delivers an event after its append has resolved', async () => {
      const order: string[] = []
      const reader = collect(log(), 0n, { before: async (batch) => void order.push(...idsOf(batch)) })
      for (let index = 0; index < 20; index++) {
        await appendAtEnd(log(), 'a', [logEvent(`x${index}`)])
        order.push(`acknowledged x${index}`)
      }
      await reader.reached(20)
      for (let index = 0; index < 20; index++) {
        expect(order.indexOf(`acknowledged x${index}`)).toBeLessThan(order.indexOf(`x${index}`))
      }
    })
  })
}
