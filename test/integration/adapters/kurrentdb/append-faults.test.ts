import { afterEach, describe, expect, it } from 'vitest'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { idsOf, logEvent, logEvents } from '../../../support/event-log/events.ts'
import type { KurrentDouble } from '../../../support/kurrentdb-double/double.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())

const start = async (options: Parameters<typeof world.double>[0] = {}) => {
  const double = await world.double(options)
  return { double, log: await world.open(double.url) }
}

/** What the server holds of a stream, by the port's ids. */
const stored = ({ store }: KurrentDouble, stream: string): string[] =>
  (store.stream(stream) ?? []).map(({ metadata }) => JSON.parse(Buffer.from(metadata).toString('utf8')).id)

/** What nobody has caught while `work` went on, which would end a process. */
const uncaughtDuring = async (work: () => Promise<void>): Promise<readonly unknown[]> => {
  const uncaught: unknown[] = []
  const note = (error: unknown) => void uncaught.push(error)
  process.on('unhandledRejection', note)
  await work()
  await new Promise((resolve) => setTimeout(resolve, 50))
  process.off('unhandledRejection', note)
  return uncaught
}

/** Their sums differ by multiples of sixteen: all go over one call. */
const namesOfOneCall = (): readonly string[] => {
  const letters = [...'aqAQ1!']
  return letters.flatMap((one) => letters.flatMap((two) => letters.map((three) => one + two + three)))
}

describe('An append to KurrentDB', () => {
  it.each(['cut', 'silence'] as const)('whose answer is lost (%s) is answered and stored once [P2]', async (how) => {
    const { double, log } = await start()
    double.faults.loseAnswers(2, how)
    const appended = await log.append('a', logEvents('x', 3), 'no_stream')
    expect(appended.firstRevision).toBe(0)
    expect(appended.position).toBe((await log.readAll(0n, 10)).at(-1)?.position)
    expect(stored(double, 'a')).toEqual(['x0', 'x1', 'x2'])
  })

  it('whose answer is lost is recognised even where the server does not recognise it [P2]', async () => {
    const { double, log } = await start({ recognisesRepeats: false })
    double.faults.loseAnswers(1, 'cut')
    expect((await log.append('a', logEvents('x', 2), 'no_stream')).firstRevision).toBe(0)
    double.faults.loseAnswers(1, 'silence')
    expect((await log.append('a', logEvents('y', 2), 1)).firstRevision).toBe(2)
    expect(stored(double, 'a')).toEqual(['x0', 'x1', 'y0', 'y1'])
  })

  it('does not wait for a time-out when the server ends the batch that it is in', async () => {
    const double = await world.double()
    const log = await world.open(double.url, { attemptMs: 60_000, giveUpMs: 60_000 })
    await log.append('a', [logEvent('x')], 'no_stream')
    double.faults.stall()
    const waiting = log.append('a', [logEvent('y')], 0)
    await new Promise((resolve) => setImmediate(resolve))
    double.faults.halfCloseBatches()
    double.faults.resume()
    expect((await waiting).firstRevision).toBe(1)
    expect(stored(double, 'a')).toEqual(['x', 'y'])
  })

  it('is tried again while the server is not ready, and goes to the leader when another node is', async () => {
    const { double, log } = await start()
    const leader = await world.double({ store: double.store })
    double.faults.denyReadiness(3)
    await log.append('a', [logEvent('x')], 'no_stream')
    double.faults.denyLeadership(1, leader)
    await log.append('a', [logEvent('y')], 0)
    // The reader is another client, which finds the leader by itself.
    double.faults.denyLeadership(1, leader)
    expect(idsOf(await log.readStream({ stream: 'a', limit: 9 }))).toEqual(['x', 'y'])
    await double.refuse()
    await log.append('a', [logEvent('z')], 1)
    expect(idsOf(await log.readStream({ stream: 'a', limit: 9 }))).toEqual(['x', 'y', 'z'])
  })

  it('waits for a server that stalls, and for one that is away', async () => {
    const { double, log } = await start()
    double.faults.stall()
    const first = log.append('a', [logEvent('x')], 'no_stream')
    // Longer than one attempt.
    setTimeout(double.faults.resume, 1200)
    expect((await first).firstRevision).toBe(0)
    await double.refuse()
    const second = log.append('a', [logEvent('y')], 0)
    setTimeout(() => void double.accept(), 1200)
    expect((await second).firstRevision).toBe(1)
    expect(stored(double, 'a')).toEqual(['x', 'y'])
  })

  it('gives up in the end, and the log says that it is in trouble until the server answers again', async () => {
    const double = await world.double()
    const log = await world.open(double.url, { attemptMs: 100, giveUpMs: 300 })
    expect(log.trouble()).toBeUndefined()
    await double.refuse()
    const unavailable = { name: 'LogError', code: 'log_unavailable' }
    await expect(log.append('a', [logEvent('x')], 'no_stream')).rejects.toMatchObject(unavailable)
    await expect(log.readAll(0n, 10)).rejects.toMatchObject(unavailable)
    expect(log.trouble()).toEqual(expect.any(String))
    await double.accept()
    await expect.poll(() => log.head().catch(() => undefined), { timeout: 20_000 }).toBe(0n)
    expect(log.trouble()).toBeUndefined()
    expect((await log.append('a', [logEvent('x')], 'no_stream')).firstRevision).toBe(0)
  })

  it('keeps the order of the calls in each stream, whatever is lost meanwhile', async () => {
    const { double, log } = await start()
    const appends = Array.from({ length: 200 }, (_, index) =>
      log.append(`s${index % 4}`, [logEvent(`x${index}`)], index < 4 ? 'no_stream' : Math.floor(index / 4) - 1),
    )
    double.faults.loseAnswers(20, 'cut')
    await appends[40]
    await double.refuse()
    await double.accept()
    await Promise.all(appends)
    for (let stream = 0; stream < 4; stream++)
      expect(stored(double, `s${stream}`)).toEqual(Array.from({ length: 50 }, (_, index) => `x${index * 4 + stream}`))
  })

  it('leaves nothing unhandled when a connection with many large appends in flight is cut', async () => {
    const double = await world.double()
    const log = await world.open(double.url, { attemptMs: 5_000, giveUpMs: 20_000 })
    const body = 'b'.repeat(100_000)
    const appends = Array.from({ length: 300 }, (_, index) =>
      log.append(`s${index}`, [logEvent('x', { body })], 'no_stream'),
    )
    await appends[0]
    await double.refuse()
    await double.accept()
    expect((await Promise.all(appends)).every(({ firstRevision }) => firstRevision === 0)).toBe(true)
  })

  it('leaves nothing unhandled when a call is cut in which many wait to be written', async () => {
    const double = await world.double()
    const log = await world.open(double.url, { attemptMs: 5_000, giveUpMs: 20_000 })
    const [first = '', ...names] = namesOfOneCall()
    await log.append(first, [logEvent('x')], 'no_stream')
    const begun = double.batches()
    await Promise.all(names.map((name) => log.append(name, [logEvent('x')], 'no_stream')))
    expect(double.batches()).toBe(begun)
    const uncaught = await uncaughtDuring(async () => {
      const body = 'b'.repeat(20_000)
      const appends = names.map((name) => log.append(name, [logEvent('y', { body })], 0))
      await new Promise((resolve) => setImmediate(resolve))
      await double.refuse()
      await double.accept()
      await Promise.all(appends)
    })
    expect(uncaught).toEqual([])
  })

  it('leaves nothing unhandled when no node is found while an earlier call fails', async () => {
    const double = await world.double()
    const discovering = `${double.url.replace('esdb:', 'esdb+discover:')}&maxDiscoverAttempts=1&discoveryInterval=50`
    const log = await world.open(discovering, { attemptMs: 60_000, giveUpMs: 20_000 })
    await log.append('a', [logEvent('x')], 'no_stream')
    const uncaught = await uncaughtDuring(async () => {
      double.faults.stall()
      const earlier = log.readStream({ stream: 'a', limit: 9 })
      await new Promise((resolve) => setTimeout(resolve, 50))
      double.faults.denyReadiness(1)
      const later = log.readStream({ stream: 'a', limit: 9 })
      // It has failed by then, and looks for a node that answers.
      await new Promise((resolve) => setTimeout(resolve, 200))
      await double.refuse()
      double.faults.resume()
      await double.accept()
      expect([idsOf(await earlier), idsOf(await later)]).toEqual([['x'], ['x']])
    })
    expect(uncaught).toEqual([])
  })

  it('is stored although the server once failed to say what it can do', async () => {
    const double = await world.double()
    double.faults.failFeatures(1)
    const log = await world.open(double.url)
    double.faults.failFeatures(1)
    await double.refuse()
    await double.accept()
    expect((await log.append('a', [logEvent('x')], 'no_stream')).firstRevision).toBe(0)
  })

  it('beyond the limit of the server is too large', async () => {
    const { log } = await start({ maxAppendSize: 10_000 })
    const body = 'b'.repeat(6_000)
    const events = [logEvent('x', { body }), logEvent('y', { body })]
    await expect(log.append('a', events, 'no_stream')).rejects.toMatchObject({ code: 'event_too_large' })
    expect((await log.append('a', events.slice(1), 'no_stream')).firstRevision).toBe(0)
  })
})
