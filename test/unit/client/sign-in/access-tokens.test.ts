import { describe, expect, it } from 'vitest'
import { createTokenRenewal } from '../../../../packages/client/src/connection/token-renewal.ts'
import { createTokenSource } from '../../../../packages/client/src/sign-in/token-source.ts'
import { steadyClock } from '../../../../packages/client/src/time/clock.ts'
import { createServerTime } from '../../../../packages/client/src/time/server-time.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const tokenUntil = (at: number, issuedAt?: number): string => {
  const iat = issuedAt === undefined ? {} : { iat: Math.floor(issuedAt / 1000) }
  const payload = Buffer.from(JSON.stringify({ sub: 'änn', exp: Math.floor(at / 1000), ...iat })).toString('base64url')
  return `header.${payload}.signature`
}

const year = 365 * 86_400_000
const offsets: readonly (readonly [string, number])[] = [
  ['right', 0],
  ['five minutes ahead', 300_000],
  ['two days ahead', 2 * 86_400_000],
  ['three years ahead', 3 * year],
  ['five minutes behind', -300_000],
  ['two days behind', -2 * 86_400_000],
  ['fifty years behind', -50 * year],
]

/** A device whose date is off by `offset`; tokens of ten minutes are made by the server's date. */
const world = (offset = 0, lifetimeMs = 600_000) => {
  const date = createVirtualClock()
  const began = date.now()
  const serverNow = () => began + date.monotonic()
  date.set(offset)
  const clock = steadyClock(date)
  const time = createServerTime({ date: date.now, steady: clock })
  let asked = 0
  const provide = async () => {
    asked += 1
    return tokenUntil(serverNow() + lifetimeMs, serverNow())
  }
  const source = createTokenSource({ provide, clock, time })
  return { date, clock, time, source, serverNow, asked: () => asked }
}

describe('Access tokens [T2]', () => {
  it('reads the expiry of a JWT and of nothing else', async () => {
    const { clock, time } = world()
    const leftOf = async (token: string) => {
      const source = createTokenSource({ provide: async () => token, clock, time })
      await source.get()
      return source.left()
    }
    expect(await leftOf(tokenUntil(clock.now() + 5_000))).toBe(5_000)
    expect([await leftOf('opaque'), await leftOf('a.!!.b')]).toEqual([undefined, undefined])
  })

  it('asks the application once for all who wait, and again when the token ends or was refused', async () => {
    const { date, source, asked } = world(0, 60_000)
    await Promise.all([source.get(), source.get()])
    await source.get()
    expect(asked()).toBe(1)
    await source.get(true)
    expect(asked()).toBe(2)
    await date.advance(59_000)
    await source.get()
    expect(asked()).toBe(3)
  })

  it('asks again after the application failed to give one', async () => {
    let fails = true
    const { clock, time } = world()
    const provide = async () => {
      if (fails) throw new Error('no network')
      return 'token'
    }
    const source = createTokenSource({ provide, clock, time })
    await expect(source.get()).rejects.toThrow('no network')
    fails = false
    expect(await source.get()).toBe('token')
  })

  it('renews the token on the open connection before it expires, and tries again, later each time, when that fails', async () => {
    const { date, clock, source, time, serverNow } = world()
    time.told(serverNow())
    await source.get()
    const sent: number[] = []
    let refused = 2
    const told: unknown[] = []
    const send = async () => {
      sent.push(date.monotonic())
      if (refused-- > 0) throw new Error('refused')
    }
    const reauth = createTokenRenewal({ clock, token: source, send, onError: (thrown) => told.push(thrown) })
    reauth.arm()
    await date.advance(560_000)
    expect(sent).toEqual([540_000, 545_000, 555_000])
    expect(told).toEqual([new Error('refused'), new Error('refused')])
    reauth.disarm()
    await date.advance(3_600_000)
    expect(sent).toHaveLength(3)
  })

  describe.each(offsets)('on a device whose date is %s', (_name, offset) => {
    it('keeps a token as long as it is good, before the server has told its time and after', async () => {
      for (const isTold of [false, true]) {
        const { date, source, time, serverNow, asked } = world(offset)
        if (isTold) time.told(serverNow())
        for (let minute = 0; minute < 9; minute += 1) {
          await source.get()
          await date.advance(60_000)
        }
        expect(asked()).toBe(1)
        await date.advance(60_000)
        await source.get()
        expect(asked()).toBe(2)
      }
    })

    it('renews it on the open connection as often as it ends, also when the date is set meanwhile', async () => {
      const { date, clock, source, time, serverNow, asked } = world(offset)
      await source.get()
      time.told(serverNow())
      const reauth = createTokenRenewal({ clock, token: source, send: async () => {}, onError: () => {} })
      reauth.arm()
      for (const [, jump] of offsets) {
        date.set(jump)
        await date.advance(3_600_000)
      }
      // An hour has six tokens and a half.
      expect(asked()).toBeLessThan(7 * offsets.length + 1)
      expect(asked()).toBeGreaterThan(6 * offsets.length)
      reauth.disarm()
    })
  })

  it('does not ask without end when a server lies about the time', async () => {
    const { date, clock, source, time, serverNow, asked } = world()
    time.told(serverNow() + 10 * year)
    await source.get()
    const reauth = createTokenRenewal({ clock, token: source, send: async () => {}, onError: () => {} })
    reauth.arm()
    await date.advance(3_600_000)
    for (let n = 0; n < 100; n += 1) await source.get()
    expect(asked()).toBeLessThan(70)
    reauth.disarm()
  })
})
