import { ProtocolError } from '@backscroll/protocol/errors'
import { LRUCache } from 'lru-cache'
import type { Bucket, RateLimits } from '../../ports/rate-limits.ts'

export interface Limits {
  /** Takes from each bucket what it asks for, or rejects with `rate_limited` and the time to wait. */
  take(...buckets: readonly Bucket[]): Promise<void>
}

/** How many refusals are remembered: whoever asks again too early is refused without a look at the store. */
const remembered = 50_000

const refused = (ms: number) => new ProtocolError('rate_limited', undefined, { retryAfterMs: ms })

/** Limits that hold for all processes of the accounts database. */
export const createLimits = (
  store: Pick<RateLimits, 'take'>,
  now: () => number,
  elapsed = () => performance.now(),
): Limits => {
  const waits = new LRUCache<string, number>({ max: remembered })
  const nameOf = (buckets: readonly Bucket[]) => buckets.map(({ key, count = 1 }) => `${key}\n${count}`).join('\n')
  return {
    take: async (...buckets) => {
      const name = nameOf(buckets)
      const at = elapsed()
      const until = waits.get(name)
      if (until !== undefined && at < until) throw refused(until - at)
      const wait = await store.take(buckets, now())
      if (wait === 0) return
      waits.set(name, at + wait)
      throw refused(wait)
    },
  }
}

/** This many at once in a minute, then evenly. */
export const perMinute = (key: string, count: number): Bucket => ({ key, burst: count, everyMs: 60_000 / count })
export const perHour = (key: string, count: number): Bucket => ({ key, burst: count, everyMs: 3_600_000 / count })
