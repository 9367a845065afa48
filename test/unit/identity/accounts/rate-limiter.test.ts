import { describe, expect, it } from 'vitest'
import { createLimits } from '../../../../src/identity/accounts/rate-limiter.ts'

const hour = 3_600_000

describe('A limit when the date of the server is set', () => {
  it('lasts as long as it was said, whichever way the date goes', async () => {
    for (const jump of [-hour, hour]) {
      let [date, passed] = [1_700_000_000_000, 0]
      const asked: number[] = []
      const take = async (_buckets: unknown, now: number) => (asked.push(now) === 1 ? 12_000 : 0)
      const limits = createLimits(
        { take },
        () => date,
        () => passed,
      )
      const bucket = { key: 'a', burst: 1, everyMs: 12_000 }
      await expect(limits.take(bucket)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 12_000 })
      date += jump
      passed += 11_000
      await expect(limits.take(bucket)).rejects.toMatchObject({ retryAfterMs: 1_000 })
      passed += 1_000
      await limits.take(bucket)
      expect(asked).toEqual([1_700_000_000_000, 1_700_000_000_000 + jump])
    }
  })
})
