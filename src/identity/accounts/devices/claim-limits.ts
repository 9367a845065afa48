import { ProtocolError } from '@backscroll/protocol/errors'
import type { Bucket } from '../../../ports/rate-limits.ts'
import type { Limits } from '../rate-limiter.ts'

export interface ClaimLimits {
  /**
   * May this claim have one-time packages? Rejects with `rate_limited` when it may have none at all. A user's own
   * devices are limited with all else that the user claims and no further: whoever drains those hurts nobody else.
   */
  take(claimantId: string, userId: string): Promise<'one_time' | 'last_resort'>
}

/** The limit on claims of one user's packages by one other user. */
export type ClaimLimit = Omit<Bucket, 'key'>

/** So many times as many claims of one user get the last-resort packages, once the one-time ones are refused. */
const lastResortTimes = 10

const isLimit = (thrown: unknown): boolean => thrown instanceof ProtocolError && thrown.code === 'rate_limited'

/**
 * What one user takes from another, over all processes. One-time packages are scarce: who claims more than a few gets
 * those of the last resort, which are never used up, so that nobody is kept from others and nobody is drained. Only who
 * claims very much more is refused.
 */
export const createClaimLimits = ({ burst, everyMs }: ClaimLimit, limits: Limits): ClaimLimits => {
  /** Claims of all users together that one user may make: at once, and then one a second. */
  const ofAll = (claimant: string): Bucket => ({ key: `claims ${claimant}`, burst: 1_000, everyMs: 1_000 })
  const oneTime = (pair: string): Bucket => ({ key: `one-time claims ${pair}`, burst, everyMs })
  const lastResort = (pair: string): Bucket => ({
    key: `claims ${pair}`,
    burst: burst * lastResortTimes,
    everyMs: everyMs / lastResortTimes,
  })
  const mayTake = (bucket: Bucket): Promise<boolean> =>
    limits.take(bucket).then(
      () => true,
      (thrown: unknown) => {
        if (isLimit(thrown)) return false
        throw thrown
      },
    )
  return {
    take: async (claimantId, userId) => {
      const pair = `${claimantId} ${userId}`
      const isOwn = claimantId === userId
      await limits.take(ofAll(claimantId), ...(isOwn ? [] : [lastResort(pair)]))
      return isOwn || (await mayTake(oneTime(pair))) ? 'one_time' : 'last_resort'
    },
  }
}
