import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import type { StreamSlice } from '../../../../src/ports/event-log.ts'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { collect } from '../../../support/event-log/collector.ts'
import { idsOf, logEvent, logEvents } from '../../../support/event-log/events.ts'
import { startKurrentDouble } from '../../../support/kurrentdb-double/double.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())

const foreign = (type: string) => ({
  id: crypto.randomUUID(),
  type,
  json: true,
  data: Buffer.from('{"of":"another application"}'),
  metadata: new Uint8Array(),
})

describe('The log on KurrentDB', () => {
  it('reads any slice of a long stream as the log in memory does', { timeout: 60_000 }, async () => {
    const [log, reference] = [await world.open((await world.double()).url), createMemoryLog()]
    const size = 150
    for (const other of [log, reference])
      for (let index = 0; index < size; index += 3) {
        await appendAtEnd(other, 'a', logEvents(`a${index}/`, 3))
        await appendAtEnd(other, 'b', [logEvent(`b${index}`)])
      }
    const positionsIn = async (of: typeof reference | typeof log) =>
      (await of.readAll(0n, 1000)).map(({ position }) => position)
    const [mine, theirs] = [await positionsIn(log), await positionsIn(reference)]
    const bound = fc.option(fc.nat(mine.length - 1), { nil: undefined })
    const slices = fc.record({
      from: fc.option(fc.nat(size + 20), { nil: undefined }),
      after: bound,
      upTo: bound,
      direction: fc.constantFrom('forwards', 'backwards'),
      limit: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: size + 10 })),
    })
    const property = fc.asyncProperty(slices, async ({ from, after, upTo, direction, limit }) => {
      const at = (positions: readonly bigint[]): StreamSlice => ({
        stream: 'a',
        direction: direction === 'backwards' ? 'backwards' : 'forwards',
        limit,
        ...(from === undefined ? {} : { from }),
        ...(after === undefined ? {} : { after: positions[after] ?? 0n }),
        ...(upTo === undefined ? {} : { upTo: positions[upTo] ?? 0n }),
      })
      expect(idsOf(await log.readStream(at(mine)))).toEqual(idsOf(await reference.readStream(at(theirs))))
    })
    await fc.assert(property, { numRuns: 200 })
  })

  it('passes over the events of others, however many there are', async () => {
    const double = await world.double({ statsEvery: 2 })
    const log = await world.open(double.url, { namespace: 'ours' })
    expect(await log.head()).toBe(0n)
    const { position } = await log.append('a', [logEvent('x')], 'no_stream')
    for (let index = 0; index < 1500; index++) await double.store.append('$stats', [foreign('$statsCollected')], 'any')
    await double.store.append('other', [foreign('Ordered')], 'any')
    expect(await log.head()).toBe(position)
    const late = await log.append('b', [logEvent('y')], 'no_stream')
    expect(await log.head()).toBe(late.position)
    expect(idsOf(await log.readAll(0n, 1))).toEqual(['x'])
    expect(idsOf(await log.readAll(position, 10))).toEqual(['y'])
    const reader = collect(log, 0n)
    await reader.reached(2)
    expect(idsOf(reader.events)).toEqual(['x', 'y'])
  })

  it('has never a head below what was acknowledged, whoever appended it', async () => {
    const double = await world.double({ statsEvery: 1 })
    const [log, writer] = [await world.open(double.url), await world.open(double.url)]
    for (let index = 0; index < 50; index++) {
      const { position } = await appendAtEnd(writer, 'a', [logEvent(`x${index}`)])
      const heads = await Promise.all([log.head(), log.head(), writer.head()])
      expect(heads).toEqual([position, position, position])
    }
  })
})

describe('Closing the log on KurrentDB', () => {
  it('ends the reads that wait for a server that is away', async () => {
    const double = await world.double()
    const log = await world.open(double.url, { giveUpMs: 600_000 })
    await double.refuse()
    const waiting = log.head()
    const closing = log.close()
    await expect(waiting).rejects.toMatchObject({ code: 'log_unavailable' })
    await closing
  })
})

describe('Opening the log on KurrentDB', () => {
  it('agrees on the epoch with every process that opens it at the same time', async () => {
    const { url } = await world.double()
    const logs = await Promise.all(Array.from({ length: 5 }, () => world.open(url)))
    expect(new Set(logs.map(({ epoch }) => epoch)).size).toBe(1)
  })

  it('keeps logs with namespaces of their own apart on one server', async () => {
    const { url } = await world.double()
    const [one, two] = [await world.open(url, { namespace: 'one' }), await world.open(url, { namespace: 'one-more' })]
    expect(one.epoch).not.toBe(two.epoch)
    await one.append('a', [logEvent('x')], 'no_stream')
    expect(await two.head()).toBe(0n)
    await two.append('a', [logEvent('y')], 'no_stream')
    expect(idsOf(await one.readAll(0n, 10))).toEqual(['x'])
    expect(idsOf(await two.readStream({ stream: 'a', limit: 10 }))).toEqual(['y'])
  })

  it('takes the newest epoch of the stream that holds it', async () => {
    const double = await world.double()
    const { epoch: first } = await world.open(double.url)
    const renewed = { ...foreign('EpochBegun'), data: Buffer.from('{"epoch":"a new life"}') }
    await double.store.append('backscroll-epoch', [renewed], 0)
    expect(first).not.toBe('a new life')
    expect((await world.open(double.url)).epoch).toBe('a new life')
  })

  it('tells the operator what is wrong with the address, and never the password', async () => {
    const gone = await startKurrentDouble()
    await gone.close()
    const address = `127.0.0.1:${gone.port}`
    const wrong = world.open(`esdb://admin:secret@${address}?tls=false`, { giveUpMs: 200 })
    const error = await wrong.then(
      () => undefined,
      (reason) => reason,
    )
    expect(error).toMatchObject({ name: 'OperatorError' })
    expect(error.message).toContain(address)
    expect(error.message).toContain('BACKSCROLL_KURRENTDB_URL')
    expect(error.message).not.toContain('secret')
    const nonsense = world.open('kurrent://admin:secret@nowhere')
    await expect(nonsense).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.not.stringContaining('secret'),
    })
  })

  it('finds the server by any of several addresses, and again after it was away', async () => {
    const double = await world.double()
    const log = await world.open(`esdb://127.0.0.1:1,127.0.0.1:${double.port}?tls=false`, { giveUpMs: 300 })
    await double.refuse()
    await expect(log.head()).rejects.toMatchObject({ code: 'log_unavailable' })
    await double.accept()
    await expect.poll(() => log.head().catch(() => undefined), { timeout: 20_000 }).toBe(0n)
  })

  it('waits for a server that is still starting', async () => {
    const double = await world.double()
    await double.refuse()
    setTimeout(() => void double.accept(), 300)
    expect((await world.open(double.url)).epoch.length).toBeGreaterThan(10)
  })
})
