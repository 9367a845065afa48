/** A bucket that holds `burst`, and gains one every `everyMs`. */
export interface Bucket {
  /** What is counted, and for whom. */
  readonly key: string
  readonly burst: number
  readonly everyMs: number
  /** How many to take at once; default 1. No more than `burst`. */
  readonly count?: number
}

/**
 * Limits that hold for all processes on one store.
 *
 * Guarantees, which `test/contract/rate-limits/rate-limits.suite.ts` attacks: a call takes from each of its buckets what it asks
 * for, or nothing from any; of any number of calls at the same time no more get one than there are. Buckets fill by the
 * time that callers say, so processes may be off by the difference of their clocks.
 */
export interface RateLimits {
  /** 0 when all were taken; otherwise the milliseconds until another call is worthwhile. */
  take(buckets: readonly Bucket[], now: number): Promise<number>
  /** Forgets full buckets. */
  purgeLimits(now: number): Promise<void>
}
