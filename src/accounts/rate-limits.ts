import { LRUCache } from 'lru-cache'
import { ProtocolError } from '../protocol/errors.ts'

export interface RateLimit {
  /** How many at once. */
  readonly burst: number
  /** Milliseconds until one more. */
  readonly everyMs: number
}

export interface RateLimiter {
  /** Takes one; throws `rate_limited` with the time to wait when there is none. */
  take(key: string): void
  /** Takes one if there is one. */
  mayTake(key: string): boolean
}

/** Keys remembered; the least recently used is forgotten, and so is full again. */
const remembered = 50_000

interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** Token buckets, one a key, in this process. `now`: milliseconds that only grow. */
export const createRateLimiter = ({ burst, everyMs }: RateLimit, now = () => performance.now()): RateLimiter => {
  const buckets = new LRUCache<string, Bucket>({ max: remembered })
  const filled = (key: string, at: number): number => {
    const before = buckets.get(key)
    return before === undefined ? burst : Math.min(burst, before.tokens + (at - before.at) / everyMs)
  }
  /** How long to wait, milliseconds; 0 when one was taken. */
  const wait = (key: string): number => {
    const at = now()
    const tokens = filled(key, at)
    if (tokens < 1) return Math.ceil((1 - tokens) * everyMs)
    buckets.set(key, { tokens: tokens - 1, at })
    return 0
  }
  return {
    take: (key) => {
      const retryAfterMs = wait(key)
      if (retryAfterMs > 0) throw new ProtocolError('rate_limited', undefined, { retryAfterMs })
    },
    mayTake: (key) => wait(key) === 0,
  }
}
