import type { SharedLimits } from '../../ports/shared-limits.ts'

interface Held {
  readonly count: number
  readonly until: number
}

/** The limits of one process, or of several in one. */
export const createMemoryLimits = (now: () => number): SharedLimits => {
  /** When each bucket is full. */
  const fullAt = new Map<string, number>()
  const held = new Map<string, Map<string, Held>>()

  return {
    charge: async ({ key, burst, everyMs, count }) => {
      const at = now()
      const full = Math.min(Math.max(at, fullAt.get(key) ?? at) + count * everyMs, at + 2 * burst * everyMs)
      fullAt.set(key, full)
      return Math.max(0, Math.ceil(full - burst * everyMs - at))
    },
    hold: async (key, holder, count, ttlMs) => {
      const holders = held.get(key) ?? new Map<string, Held>()
      held.set(key, holders.set(holder, { count, until: now() + ttlMs }))
      const others = [...holders].filter(([name, { until }]) => name !== holder && until > now())
      return others.reduce((sum, [, own]) => sum + own.count, 0)
    },
  }
}
