import { afterEach, describe, expect, it } from 'vitest'
import { renewEpoch } from '../../../../src/adapters/kurrentdb/renew-epoch.ts'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { idsOf, logEvents } from '../../../support/event-log/events.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())

const patience = { attemptMs: 500, giveUpMs: 10_000 }

describe('renewing the epoch of a log on KurrentDB', () => {
  it('keeps every event and every position, and changes the epoch of this log alone [P4]', async () => {
    const { url } = await world.double()
    const log = await world.open(url, { namespace: 'one' })
    const neighbour = await world.open(url, { namespace: 'one-b' })
    await log.append('a', logEvents('x', 3), 'no_stream')
    const events = await log.readAll(0n, 10)

    const { before, after } = await renewEpoch({ connectionString: url, namespace: 'one', ...patience })
    expect(before).toBe(log.epoch)
    expect(after).not.toBe(before)
    const renewed = await world.open(url, { namespace: 'one' })
    expect(renewed.epoch).toBe(after)
    expect(await renewed.readAll(0n, 10)).toEqual(events)
    expect(await renewed.head()).toBe(events.at(-1)?.position)
    expect((await renewed.append('a', logEvents('y', 1), 2)).firstRevision).toBe(3)
    expect((await world.open(url, { namespace: 'one-b' })).epoch).toBe(neighbour.epoch)
  })

  it('may happen again and again, the last time counts', async () => {
    const { url } = await world.double()
    const { epoch } = await world.open(url, { namespace: 'one' })
    const options = { connectionString: url, namespace: 'one', ...patience }
    const first = await renewEpoch(options)
    const second = await renewEpoch(options)
    expect([first.before, second.before]).toEqual([epoch, first.after])
    expect((await world.open(url, { namespace: 'one' })).epoch).toBe(second.after)
  })

  it.each([true, false])('happens once when its answer is lost (the server recognises repeats: %s)', async (knows) => {
    const double = await world.double({ recognisesRepeats: knows })
    const log = await world.open(double.url, { namespace: 'one' })
    await log.append('a', logEvents('x', 2), 'no_stream')
    double.faults.loseAnswers(1, 'cut')
    const { after } = await renewEpoch({ connectionString: double.url, namespace: 'one', ...patience })
    expect(double.store.stream('one.backscroll-epoch')).toHaveLength(2)
    const renewed = await world.open(double.url, { namespace: 'one' })
    expect(renewed.epoch).toBe(after)
    expect(idsOf(await renewed.readAll(0n, 10))).toEqual(['x0', 'x1'])
  })

  it('is refused where there is no such log, and begins none', async () => {
    const double = await world.double()
    await world.open(double.url, { namespace: 'one' })
    await expect(renewEpoch({ connectionString: double.url, namespace: 'two', ...patience })).rejects.toThrow(
      /^BACKSCROLL_CLUSTER: there is no log of the cluster two on 127\.0\.0\.1:\d+$/,
    )
    expect(double.store.stream('two.backscroll-epoch')).toBeUndefined()
  })

  it('is refused with one line where no server answers', async () => {
    const double = await world.double()
    await double.refuse()
    const options = { connectionString: double.url, namespace: 'one', attemptMs: 100, giveUpMs: 300 }
    await expect(renewEpoch(options)).rejects.toThrow(/^BACKSCROLL_KURRENTDB_URL: 127\.0\.0\.1:\d+ cannot be used: .*$/)
  })
})
