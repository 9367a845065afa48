/**
 * The rate of one connection [T7]. Every frame takes a token, even a refused one: a client that goes on over the
 * rate sinks to `-burst` and counts as flooding, one that waits as told recovers.
 */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export interface Bucket {
  tokens: number
  /** Milliseconds of the last refill. */
  at: number
}

export type Admission = 'admitted' | 'limited' | 'flooding'

export const takeToken = (bucket: Bucket, rate: Rate, now: number): Admission => {
  const refilled = bucket.tokens + (Math.max(0, now - bucket.at) * rate.perSecond) / 1_000
  bucket.tokens = Math.min(rate.burst, refilled) - 1
  bucket.at = now
  if (bucket.tokens >= 0) return 'admitted'
  return bucket.tokens <= -rate.burst ? 'flooding' : 'limited'
}

/** Milliseconds until the next frame is admitted, if none is sent before. */
export const retryAfter = (bucket: Bucket, rate: Rate): number =>
  Math.ceil(((1 - bucket.tokens) * 1_000) / rate.perSecond)
