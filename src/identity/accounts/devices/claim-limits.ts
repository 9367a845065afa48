import { ProtocolError } from '@backscroll/protocol/errors'
import type { Bucket } from '../../../ports/rate-limits.ts'
import type { Limits } from '../rate-limiter.ts'

export interface ClaimLimits {
  /**
   * May this claim have one-time packages? Rejects with `rate_limited` when it may have none at all. Claims on a
   * user's own devices count only against the user's overall limit: draining those hurts nobody else.
   */
  take(claimantId: string, userId: string): Promise<'one_time' | 'last_resort'>
}

/** The limit on claims of one user's packages by one other user. */
export type ClaimLimit = Omit<Bucket, 'key'>

/** By this factor more claims of one user get last-resort packages, once one-time ones are refused. */
const lastResortTimes = 10

const isLimit = (thrown: unknown): boolean => thrown instanceof ProtocolError && thrown.code === 'rate_limited'

/**
 * How much one user may take from another, over all processes. One-time packages are scarce: a user who claims more
 * than a few gets last-resort packages, which are never used up, so that nobody is kept from others and nobody is
 * drained. Only a user who claims very much more is refused.
 */
export const createClaimLimits = ({ burst, everyMs }: ClaimLimit, limits: Limits): ClaimLimits => {
  /** How many claims on all other users together one user may make: at once, and then one a second. */
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
