import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Leases } from '../../../src/ports/leases.ts'

export interface OpenedLeases {
  readonly leases: Leases
  /** A second connection, as another process has it. */
  readonly another: Leases
  remove(): Promise<void>
}

const long = 600_000

/** What every store of leases promises. */
export const leasesContract = (name: string, open: () => Promise<OpenedLeases>): void => {
  describe(`${name} keeps leases`, () => {
    let opened: OpenedLeases
    let leases: Leases
    let another: Leases
    beforeEach(async () => {
      opened = await open()
      ;({ leases, another } = opened)
    })
    afterEach(() => opened.remove())

    test('of which one holder has one, and renews it', async () => {
      expect(await leases.hold('relay', 'a', long)).toBe(true)
      expect(await another.hold('relay', 'b', long)).toBe(false)
      expect(await leases.hold('relay', 'a', long)).toBe(true)
      expect(await another.hold('worker', 'b', long)).toBe(true)
    })

    test('each to exactly one of many that ask at the same time', async () => {
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) => (index % 2 ? leases : another).hold('relay', `holder-${index}`, long)),
      )
      expect(answers.filter((held) => held)).toHaveLength(1)
    })

    test('that another takes when their time is over, after which the old holder has none', async () => {
      await leases.hold('relay', 'a', 1)
      await vi.waitFor(async () => expect(await another.hold('relay', 'b', long)).toBe(true))
      expect(await leases.hold('relay', 'a', long)).toBe(false)
    })

    test('that a renewal makes last from then on', async () => {
      await leases.hold('relay', 'a', 1)
      expect(await leases.hold('relay', 'a', long)).toBe(true)
      expect(await another.hold('relay', 'b', long)).toBe(false)
    })

    test('that only their holder gives back', async () => {
      await leases.hold('relay', 'a', long)
      await another.release('relay', 'b')
      expect(await another.hold('relay', 'b', long)).toBe(false)
      await leases.release('relay', 'a')
      expect(await another.hold('relay', 'b', long)).toBe(true)
    })

    test('that was taken by a clock which has been set back far does not last until then', async () => {
      await leases.hold('relay', 'a', 365 * 86_400_000)
      expect(await another.hold('relay', 'b', long)).toBe(true)
      expect(await leases.hold('relay', 'a', long)).toBe(false)
    })

    test('by their own clock, whatever time it is for the process', async () => {
      await leases.hold('relay', 'a', long)
      vi.useFakeTimers({ now: Date.now() + 10 * long, toFake: ['Date'] })
      try {
        expect(await another.hold('relay', 'b', long)).toBe(false)
      } finally {
        vi.useRealTimers()
      }
    })
  })
}
