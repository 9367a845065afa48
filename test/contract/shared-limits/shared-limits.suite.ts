import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SharedLimits } from '../../../src/ports/shared-limits.ts'

export interface OpenedSharedLimits {
  readonly limits: SharedLimits
  /** The same as another process has it. */
  readonly another: SharedLimits
  pass(ms: number): Promise<void>
  dispose(): Promise<void>
}

/** What every store of shared limits promises. */
export const sharedLimitsContract = (name: string, open: () => Promise<OpenedSharedLimits>): void => {
  describe(`${name} as what processes tell each other of limits`, () => {
    let opened: OpenedSharedLimits
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.dispose())

    const of = (key: string, count: number) => ({ key, burst: 10, everyMs: 100, count })

    test('charges what all processes took, and says when there is something again', async () => {
      const { limits, another } = opened
      expect([await limits.charge(of('a', 4)), await another.charge(of('a', 5))]).toEqual([0, 0])
      const waits = [await limits.charge(of('a', 4)), await another.charge(of('a', 1))]
      expect(waits[0]).toBeGreaterThan(100)
      expect(waits[0]).toBeLessThanOrEqual(300)
      expect(waits[1]).toBeGreaterThan(200)
      expect(waits[1]).toBeLessThanOrEqual(400)
      expect(await another.charge(of('b', 10))).toBe(0)
    })

    test('fills with time', async () => {
      const { limits, pass } = opened
      await limits.charge(of('a', 10))
      await pass(500)
      expect(await limits.charge(of('a', 4))).toBe(0)
      expect(await limits.charge(of('a', 5))).toBeGreaterThan(200)
    })

    test('owes no more than what the bucket holds, however much was charged', async () => {
      const { limits } = opened
      const wait = await limits.charge(of('a', 1_000_000))
      expect(wait).toBeGreaterThan(900)
      expect(wait).toBeLessThanOrEqual(1_000)
    })

    test('charges each of many calls at the same time once', async () => {
      const { limits, another } = opened
      const charge = { key: 'a', burst: 1_000, everyMs: 10_000, count: 50 }
      const waits = await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 ? limits : another).charge(charge)))
      expect(waits.filter((wait) => wait === 0)).toHaveLength(20)
    })

    test('counts what others hold, each holder once, and nothing of who is silent', async () => {
      const { limits, another, pass } = opened
      expect(await limits.hold('sockets', 'one', 3, 400)).toBe(0)
      expect(await another.hold('sockets', 'two', 4, 5_000)).toBe(3)
      expect(await limits.hold('sockets', 'one', 5, 400)).toBe(4)
      expect(await another.hold('sockets', 'two', 0, 5_000)).toBe(5)
      expect(await another.hold('elsewhere', 'two', 1, 5_000)).toBe(0)
      await pass(450)
      expect(await another.hold('sockets', 'two', 1, 5_000)).toBe(0)
    })
  })
}
