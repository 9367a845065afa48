import type { Bucket } from './rate-limits.ts'

/** How much was taken from a bucket, as of now. */
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
  /** Charges a bucket. Resolves with the milliseconds until it holds something again; 0 while it does. */
  charge(charge: Charge): Promise<number>
  /** States how many `holder` has now. Resolves with how many all others have together. */
  hold(key: string, holder: string, count: number, ttlMs: number): Promise<number>
}
