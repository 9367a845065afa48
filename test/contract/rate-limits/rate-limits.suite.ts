import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RateLimits } from '../../../src/ports/rate-limits.ts'

export interface OpenedRateLimits {
  readonly limits: RateLimits
  /** The same as another process has it. */
  readonly another: RateLimits
  remove(): Promise<void>
}

/** What every store of limits promises. */
export const rateLimitsContract = (name: string, open: () => Promise<OpenedRateLimits>): void => {
  describe(`${name} as a store of limits`, () => {
    let opened: OpenedRateLimits
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.remove())

    const bucket = (key: string, burst = 3) => ({ key, burst, everyMs: 1000 })

    test('gives as many as a bucket holds, then one after each interval, and says how long to wait', async () => {
      const { limits } = opened
      const at = (now: number) => limits.take([bucket('a')], now)
      expect([await at(0), await at(0), await at(0), await at(0)]).toEqual([0, 0, 0, 1000])
      expect([await at(400), await at(1000), await at(1000)]).toEqual([600, 0, 1000])
      expect(await limits.take([bucket('b')], 0)).toBe(0)
    })

    test('takes from all buckets or from none', async () => {
      const { limits } = opened
      const both = [bucket('wide', 3), bucket('narrow', 1)]
      expect(await limits.take(both, 0)).toBe(0)
      for (let tries = 0; tries < 10; tries += 1) expect(await limits.take(both, 0)).toBe(1000)
      expect([await limits.take([bucket('wide')], 0), await limits.take([bucket('wide')], 0)]).toEqual([0, 0])
    })

    test('takes several at once, if there are so many, and waits for as many', async () => {
      const { limits } = opened
      const take = (count: number, now: number) => limits.take([{ ...bucket('a', 10), count }], now)
      expect([await take(7, 0), await take(4, 0), await take(3, 0)]).toEqual([0, 1000, 0])
      expect([await take(10, 0), await take(1, 0), await take(2, 1500)]).toEqual([10_000, 1000, 500])
      expect([await take(2, 2000), await take(10, 12_000)]).toEqual([0, 0])
    })

    test('gives no more to many processes at the same time than there are', async () => {
      const { limits, another } = opened
      const calls = Array.from({ length: 20 }, () => [limits, another]).flat()
      const waits = await Promise.all(calls.map((one) => one.take([bucket('a', 7), bucket('z', 100)], 5)))
      expect(waits.filter((wait) => wait === 0)).toHaveLength(7)
    })

    test('locks nobody out because a clock was ahead', async () => {
      const { limits } = opened
      for (let tries = 0; tries < 3; tries += 1) await limits.take([bucket('a')], 1_000_000)
      expect(await limits.take([bucket('a')], 0)).toBe(0)
      expect([await limits.take([bucket('a')], 0), await limits.take([bucket('a')], 0)]).toEqual([0, 0])
      expect(await limits.take([bucket('a')], 0)).toBe(1000)
    })

    test('is full again after its time, and forgets what is full', async () => {
      const { limits } = opened
      for (let tries = 0; tries < 3; tries += 1) await limits.take([bucket('a')], 0)
      await limits.purgeLimits(2999)
      expect(await limits.take([bucket('a')], 0)).toBe(1000)
      await limits.purgeLimits(3000)
      expect(await limits.take([bucket('a')], 0)).toBe(0)
    })
  })
}
