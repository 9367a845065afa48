import { describe, expect, it } from 'vitest'
import { createReauth } from '../../../src/client/reauth.ts'
import { createTokenSource, expiryOf } from '../../../src/client/token-source.ts'
import { createVirtualClock } from './virtual-clock.ts'

const tokenUntil = (at: number): string => {
  const payload = Buffer.from(JSON.stringify({ sub: 'änn', exp: Math.floor(at / 1000) })).toString('base64url')
  return `header.${payload}.signature`
}

describe('Access tokens [T2]', () => {
  it('reads the expiry of a JWT and of nothing else', () => {
    expect(expiryOf(tokenUntil(5_000))).toBe(5_000)
    expect(expiryOf('opaque')).toBeUndefined()
    expect(expiryOf('a.!!.b')).toBeUndefined()
  })

  it('asks the application once for all who wait, and again when the token ends or was refused', async () => {
    const clock = createVirtualClock()
    let asked = 0
    const source = createTokenSource(async () => {
      asked += 1
      return tokenUntil(clock.now() + 60_000)
    }, clock.now)
    await Promise.all([source.get(), source.get()])
    await source.get()
    expect(asked).toBe(1)
    await source.get(true)
    expect(asked).toBe(2)
    await clock.advance(59_000)
    await source.get()
    expect(asked).toBe(3)
  })

  it('asks again after the application failed to give one', async () => {
    let fails = true
    const source = createTokenSource(async () => {
      if (fails) throw new Error('no network')
      return 'token'
    }, Date.now)
    await expect(source.get()).rejects.toThrow('no network')
    fails = false
    expect(await source.get()).toBe('token')
  })

  it('renews the token on the open connection before it expires, and tries again when that fails', async () => {
    const clock = createVirtualClock()
    const source = createTokenSource(async () => tokenUntil(clock.now() + 600_000), clock.now)
    await source.get()
    const sent: number[] = []
    const start = clock.now()
    let refused = 1
    const reauth = createReauth(clock, source, async () => {
      sent.push(clock.now() - start)
      if (refused-- > 0) throw new Error('refused')
    })
    reauth.arm()
    await clock.advance(560_000)
    expect(sent).toEqual([540_000, 545_000])
    reauth.disarm()
    await clock.advance(3_600_000)
    expect(sent).toHaveLength(2)
  })
})
