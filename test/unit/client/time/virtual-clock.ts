import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../../../packages/client/src/time/clock.ts'

export interface VirtualClock extends Clock {
  readonly monotonic: () => number
  /** Lets everything that is ready run, then each timer up to `ms` from now, in order. */
  advance(ms: number): Promise<void>
  /** Somebody sets the date by so much, forward or back; no time passes. */
  set(ms: number): void
}

/** Promises that are ready may lead to others: a few turns of the event loop settle them. */
export const settled = async (): Promise<void> => {
  for (let round = 0; round < 3; round += 1) await turn()
}

export const createVirtualClock = (): VirtualClock => {
  let passed = 0
  let date = 1_700_000_000_000
  const timers = new Map<object, { readonly at: number; readonly call: () => void }>()
  const nextBefore = (end: number) =>
    [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
  return {
    now: () => date + passed,
    monotonic: () => passed,
    set: (ms) => {
      date += ms
    },
    after: (ms, call) => {
      const key = {}
      timers.set(key, { at: passed + ms, call })
      return () => timers.delete(key)
    },
    advance: async (ms) => {
      const end = passed + ms
      await settled()
      for (let next = nextBefore(end); next !== undefined; next = nextBefore(end)) {
        const [key, { at, call }] = next
        timers.delete(key)
        passed = Math.max(passed, at)
        call()
        await settled()
      }
      passed = end
    },
  }
}
