import { describe, expect, it } from 'vitest'
import { type Bucket, retryAfter, takeToken } from '../../../../src/edge/limits/token-bucket.ts'

const rate = { perSecond: 10, burst: 5 }
const full = (): Bucket => ({ tokens: rate.burst, at: 0 })
const take = (bucket: Bucket, count: number, now: number) =>
  Array.from({ length: count }, () => takeToken(bucket, rate, now)).at(-1)

describe('rate of a connection', () => {
  it('[T7] admits a burst, then limits', () => {
    const bucket = full()
    expect(take(bucket, 5, 0)).toBe('admitted')
    expect(take(bucket, 1, 0)).toBe('limited')
  })

  it('[T7] admits again after the time that it told', () => {
    const bucket = full()
    take(bucket, 7, 0)
    const wait = retryAfter(bucket, rate)
    expect(wait).toBe(300)
    expect(take(bucket, 1, wait - 150)).toBe('limited')
    expect(take(bucket, 1, wait - 150 + retryAfter(bucket, rate))).toBe('admitted')
  })

  it('calls it flooding when a client goes on over its rate', () => {
    expect(take(full(), 9, 0)).toBe('limited')
    expect(take(full(), 10, 0)).toBe('flooding')
  })

  it('never saves up more than a burst, and a clock that goes back gives nothing', () => {
    const bucket = full()
    take(bucket, 1, 1_000_000)
    expect(bucket.tokens).toBe(4)
    take(bucket, 1, 0)
    expect(bucket.tokens).toBe(3)
  })

  it('admits a steady client at its rate for ever', () => {
    const bucket = full()
    for (let now = 0; now < 100_000; now += 100) expect(takeToken(bucket, rate, now)).toBe('admitted')
  })
})
