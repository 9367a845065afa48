import type { Bucket } from './rate-limits.ts'

/** So many were taken from a bucket, by now. */
export interface Charge extends Bucket {
  readonly count: number
}

/**
 * What the processes of a cluster tell each other of how much was used, after the fact: each of them takes from buckets
 * of its own, and tells what it took. It may be forgotten, then everybody begins anew.
 *
 * Guarantees, which `test/contract/shared-limits/shared-limits.suite.ts` attacks: what is charged is charged once; a bucket owes no
 * more than what it holds, however much was charged; a holder that says nothing for `ttlMs` holds nothing. Times are
 * those of the store.
 */
export interface SharedLimits {
  /** Charges it. Resolves with the milliseconds until the bucket holds something again; 0 while it does. */
  charge(charge: Charge): Promise<number>
  /** `holder` has so many of it now. Resolves with how many others have, all together. */
  hold(key: string, holder: string, count: number, ttlMs: number): Promise<number>
}
