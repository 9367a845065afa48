import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { KurrentLogOptions } from '../../../../src/adapters/kurrentdb/open-kurrent-log.ts'
import type { EventLog } from '../../../../src/ports/event-log.ts'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { collect } from '../../../support/event-log/collector.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { idsOf, logEvent } from '../../../support/event-log/events.ts'
import type { DoubleOptions, KurrentDouble } from '../../../support/kurrentdb-double/double.ts'
import { startDoubleProcess } from '../../../support/kurrentdb-double/process.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())

const start = async (options: Partial<KurrentLogOptions> = {}, server: DoubleOptions = {}) => {
  const double = await world.double(server)
  const errors: unknown[] = []
  const log = await world.open(double.url, { ...options, onError: (error) => errors.push(error) })
  return { double, log, errors }
}

const nameOf = (index: number): string => `x${index}`

/** Appends `count` events to three streams, one after another, with ids that go on from `first`. */
const appendSome = async (log: EventLog, first: number, count: number): Promise<void> => {
  for (let index = first; index < first + count; index++)
    await appendAtEnd(log, `s${index % 3}`, [logEvent(nameOf(index))])
}

const namesUpTo = (count: number): string[] => Array.from({ length: count }, (_, index) => nameOf(index))

describe('A subscription to KurrentDB [P4]', () => {
  it.each(['error', 'complete'] as const)(
    'goes on after the server has ended it (%s), without a gap or a repeat',
    async (how) => {
      const { double, log, errors } = await start()
      const reader = collect(log, 0n, { batchSize: 3 })
      for (let round = 0; round < 5; round++) {
        await appendSome(log, round * 10, 5)
        double.faults.endReads(how)
        await appendSome(log, round * 10 + 5, 5)
        await reader.reached(round * 10 + 10)
      }
      expect(idsOf(reader.events)).toEqual(namesUpTo(50))
      expect(errors.length).toBeGreaterThan(0)
    },
  )

  it('goes on after its connection was cut, with what came meanwhile', async () => {
    const { double, log } = await start()
    const other = await world.double({ store: double.store })
    const writer = await world.open(other.url)
    const reader = collect(log, 0n)
    await appendSome(writer, 0, 5)
    await reader.reached(5)
    await double.refuse()
    await appendSome(writer, 5, 20)
    await double.accept()
    await reader.reached(25)
    expect(idsOf(reader.events)).toEqual(namesUpTo(25))
  })

  it('that has fallen silent is begun again', async () => {
    const { double, log, errors } = await start()
    const reader = collect(log, 0n)
    await appendSome(log, 0, 5)
    await reader.reached(5)
    double.faults.silenceSubscriptions()
    await appendSome(log, 5, 5)
    await reader.reached(10)
    expect(idsOf(reader.events)).toEqual(namesUpTo(10))
    expect(errors[0]).toMatchObject({ message: 'The subscription fell silent' })
  })

  it('to some types is left alone while others are appended, and begun again when it has fallen silent', async () => {
    const { double, log, errors } = await start({ watchMs: 100 })
    const rare = (id: string) => logEvent(id, { type: 'Rare' })
    const reader = collect(log, 0n, { types: new Set(['Rare']) })
    await appendAtEnd(log, 'a', [rare('r0')])
    await reader.reached(1)
    for (let round = 0; round < 20; round++) {
      await appendSome(log, round, 1)
      await sleep(25)
    }
    expect(errors).toEqual([])
    double.faults.silenceSubscriptions()
    await appendSome(log, 20, 5)
    await appendAtEnd(log, 'a', [rare('r1')])
    await reader.reached(2)
    expect(errors[0]).toMatchObject({ message: 'The subscription fell silent' })
    expect(idsOf(reader.events)).toEqual(['r0', 'r1'])
  })

  it('whose reader is busy is not dropped: it leaves, reads pages, and joins the live end once', async () => {
    const { double, log, errors } = await start({}, { liveBuffer: 16 })
    const begun = double.subscriptions()
    let busy = Promise.withResolvers<void>()
    const reader = collect(log, 0n, { batchSize: 5, before: () => busy.promise })
    busy.resolve()
    const body = 'b'.repeat(10_000)
    for (let round = 0; round < 3; round++) {
      await log.append(`round${round}`, [logEvent(`first${round}`)], 'no_stream')
      await reader.reached(round * 301 + 1)
      await expect.poll(double.subscriptions, { timeout: 10_000 }).toBe(begun + round + 1)
      busy = Promise.withResolvers<void>()
      for (let index = 0; index < 300; index++)
        await log.append(`s${round}/${index}`, [logEvent('x', { body })], 'no_stream')
      busy.resolve()
      await reader.reached((round + 1) * 301)
    }
    expect(double.store.visible().length).toBeGreaterThan(903)
    expect(reader.events).toEqual(await log.readAll(0n, 1000))
    await expect.poll(double.subscriptions, { timeout: 10_000 }).toBe(begun + 4)
    expect(errors).toEqual([])
  })

  it('that begins far behind reads pages, and subscribes when it has all of them', async () => {
    const { double, log, errors } = await start({}, { liveBuffer: 16 })
    const begun = double.subscriptions()
    await appendSome(log, 0, 700)
    const reader = collect(log, 0n, { before: () => sleep(20) })
    await reader.reached(700)
    await expect.poll(double.subscriptions, { timeout: 10_000 }).toBe(begun + 1)
    await appendSome(log, 700, 5)
    await reader.reached(705)
    expect([idsOf(reader.events), errors]).toEqual([namesUpTo(705), []])
  })

  it('that the server drops goes on without a gap or a repeat', async () => {
    const { double, log, errors } = await start()
    const reader = collect(log, 0n)
    for (let round = 0; round < 5; round++) {
      await appendSome(log, round * 20, 10)
      double.faults.dropSlow()
      double.faults.dropAtTransition(1)
      await appendSome(log, round * 20 + 10, 10)
      await reader.reached(round * 20 + 20)
    }
    expect(idsOf(reader.events)).toEqual(namesUpTo(100))
    expect(errors).toContainEqual(expect.objectContaining({ message: expect.stringMatching(/too slow/) }))
  })

  it('goes on after the whole server has stalled', async () => {
    const { double, log } = await start()
    const reader = collect(log, 0n)
    double.faults.stall()
    const appending = appendSome(log, 0, 5)
    setTimeout(double.faults.resume, 700)
    await appending
    await reader.reached(5)
    expect(idsOf(reader.events)).toEqual(namesUpTo(5))
  })

  it('is left alone while nothing is appended and while its handler is busy', async () => {
    const { log, errors } = await start({ watchMs: 300 })
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    const reader = collect(log, 0n, { batchSize: 5, before: () => finished })
    await appendSome(log, 0, 50)
    // Several times as long as it takes to notice that a subscription is silent.
    setTimeout(finish, 1500)
    await reader.reached(50)
    expect(idsOf(reader.events)).toEqual(namesUpTo(50))
    expect(errors).toEqual([])
  })

  it('takes little from the server while its handler is busy [P7]', async () => {
    const { double, log } = await start({ attemptMs: 10_000 })
    const body = 'b'.repeat(20_000)
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => log.append(`s${index}`, [logEvent('x', { body })], 'no_stream')),
    )
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    const before = double.sent()
    const reader = collect(log, 0n, { batchSize: 10, before: () => finished })
    await expect.poll(() => double.sent() - before).toBeGreaterThan(10)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(double.sent() - before).toBeLessThan(200)
    finish()
    await reader.reached(1000)
  })

  it('goes on from the server that was killed and started again on its file', { timeout: 60_000 }, async () => {
    const directory = temporaryDirectory()
    world.later(() => directory.remove())
    const file = join(directory.path, 'events')
    let server = await startDoubleProcess({ file })
    world.later(() => server.kill())
    const port = Number(new URL(server.url).port)
    const log = await world.open(server.url, { giveUpMs: 30_000 })
    const reader = collect(log, 0n)
    const appending = appendSome(log, 0, 60)
    for (const seen of [10, 30]) {
      await reader.reached(seen)
      await server.kill()
      server = await startDoubleProcess({ file, port })
    }
    await appending
    await reader.reached(60)
    expect(idsOf(reader.events)).toEqual(namesUpTo(60))
    expect(idsOf(await log.readAll(0n, 1000))).toEqual(namesUpTo(60))
  })
})

type Fault = (double: KurrentDouble) => void | Promise<void>

const faults: Record<string, Fault> = {
  cut: async (double) => {
    await double.refuse()
    await double.accept()
  },
  'lost answers': ({ faults }) => faults.loseAnswers(3, 'cut'),
  'silent answers': ({ faults }) => faults.loseAnswers(2, 'silence'),
  'half-closed batches': ({ faults }) => faults.halfCloseBatches(),
  'ended subscriptions': ({ faults }) => faults.endReads('error'),
  'silent subscriptions': ({ faults }) => faults.silenceSubscriptions(),
  'slow subscriptions': ({ faults }) => faults.dropSlow(),
  'slow subscriptions, again where they go live': ({ faults }) => {
    faults.dropSlow()
    faults.dropAtTransition(2)
  },
  'a stall': ({ faults }) => faults.stallFor(400),
  'not ready': ({ faults }) => faults.denyReadiness(4),
}

describe('The log on KurrentDB', () => {
  it('loses, doubles and reorders nothing under any series of faults [P1] [P2] [P3] [P4]', {
    timeout: 120_000,
  }, async () => {
    const steps = fc.array(fc.constantFrom(...Object.keys(faults)), { minLength: 1, maxLength: 6 })
    const property = fc.asyncProperty(steps, async (names) => {
      const { double, log } = await start()
      const reader = collect(log, 0n, { batchSize: 7 })
      const acknowledged: string[] = []
      const writers = Array.from({ length: 5 }, async (_, writer) => {
        for (let revision = -1; revision < 14; revision++) {
          const id = `${writer}/${revision + 1}`
          const appended = await log.append(`s${writer}`, [logEvent(id)], revision)
          expect(appended.firstRevision).toBe(revision + 1)
          acknowledged.push(id)
        }
      })
      for (const [index, name] of names.entries()) {
        await reader.reached(index * 10 + 1)
        await faults[name]?.(double)
      }
      await Promise.all(writers)
      await reader.reached(75)
      expect(reader.events).toEqual(await log.readAll(0n, 1000))
      expect(idsOf(reader.events).toSorted()).toEqual(acknowledged.toSorted())
      for (let writer = 0; writer < 5; writer++) {
        const events = reader.events.filter(({ stream }) => stream === `s${writer}`)
        expect(idsOf(events)).toEqual(Array.from({ length: 15 }, (_, index) => `${writer}/${index}`))
      }
      await log.close()
      await double.close()
    })
    await fc.assert(property, { numRuns: 12 })
  })
})
