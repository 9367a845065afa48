import { describe, expect, it } from 'vitest'
import { steadyClock } from '../../../../packages/client/src/time/clock.ts'
import { createServerTime, toleranceMs } from '../../../../packages/client/src/time/server-time.ts'
import { createVirtualClock } from './virtual-clock.ts'

const year = 365 * 86_400_000

const world = (offset: number, difference?: number) => {
  const date = createVirtualClock()
  const began = date.now()
  date.set(offset)
  const stored: number[] = []
  const onDifference = (one: number) => stored.push(one)
  const time = createServerTime({ date: date.now, steady: steadyClock(date), difference, onDifference })
  return { date, time, stored, serverNow: () => began + date.monotonic() }
}

describe('The time of the server', () => {
  it.each([0, 60_000, 2 * 86_400_000, 5 * year, -3_600_000, -40 * year])(
    'goes on as it was told, whatever the date of a device that is %i ms ahead becomes',
    async (offset) => {
      const { date, time, serverNow } = world(offset)
      expect(time.isTold()).toBe(false)
      time.told(serverNow())
      for (const jump of [year, -2 * year, 1_000]) {
        date.set(jump)
        await date.advance(3_600_000)
        expect(time.now()).toBe(serverNow())
      }
    },
  )

  it('is not moved by an answer that took a while, and is by one that says something else', () => {
    const { time, serverNow } = world(0)
    time.told(serverNow())
    time.told(serverNow() - 999)
    expect(time.now()).toBe(serverNow())
    time.told(serverNow() - 60_000)
    expect(time.now()).toBe(serverNow() - 60_000)
    time.told(Number.NaN)
    expect(time.now()).toBe(serverNow() - 60_000)
  })

  it.each([1e17, -1, Date.UTC(2200), 1_700_000_000_000.5, Number.POSITIVE_INFINITY])(
    'is not %d, which no server has, and nothing of that is stored',
    (said) => {
      const { time, stored, serverNow } = world(0)
      time.told(said)
      expect([time.isTold(), time.now(), stored]).toEqual([false, serverNow(), []])
    },
  )

  it('is known after a restart by how much the device was off, until it is told again', () => {
    const first = world(3 * year)
    first.time.told(first.serverNow())
    expect(first.stored).toEqual([-3 * year])
    const { time, serverNow, stored } = world(3 * year, first.stored[0])
    expect([time.now(), time.isTold()]).toEqual([serverNow(), false])
    time.told(serverNow())
    expect(stored).toEqual([])
  })

  it('makes no device forget: neither a lie nor a wrong date alone', () => {
    const lied = world(0)
    lied.time.told(lied.serverNow() + 10 * year)
    expect(lied.time.earliest()).toBe(lied.serverNow())
    const wrong = world(10 * year)
    wrong.time.told(wrong.serverNow())
    expect(wrong.time.earliest()).toBe(wrong.serverNow())
  })

  it('revives nothing that has expired for a week', () => {
    const { time, serverNow } = world(0)
    time.told(serverNow() - 10 * year)
    expect(time.latest()).toBe(serverNow() - toleranceMs)
    const behind = world(-10 * year)
    behind.time.told(behind.serverNow())
    expect(behind.time.latest()).toBe(behind.serverNow())
  })
})
