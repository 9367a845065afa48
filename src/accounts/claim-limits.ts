import { createRateLimiter, type RateLimit } from './rate-limits.ts'

export interface ClaimLimits {
  /**
   * May this claim have one-time packages? Throws `rate_limited` when it may have none at all. A user's own devices are limited with all else that the user
   * claims and no further: whoever drains those hurts nobody else.
   */
  take(claimantId: string, userId: string): 'one_time' | 'last_resort'
}

/** Claims of all users together that one user may make: at once, and then one a second. */
const all: RateLimit = { burst: 1_000, everyMs: 1_000 }

/** So many times as many claims of one user get the last-resort packages, once the one-time ones are refused. */
const lastResortTimes = 10

/**
 * What one user takes from another. One-time packages are scarce: who claims more than a few gets those of the last resort, which are never used up, so that
 * nobody is kept from others and nobody is drained. Only who claims very much more is refused.
 */
export const createClaimLimits = ({ burst, everyMs }: RateLimit, elapsed?: () => number): ClaimLimits => {
  const oneTime = createRateLimiter({ burst, everyMs }, elapsed)
  const lastResort = createRateLimiter({ burst: burst * lastResortTimes, everyMs: everyMs / lastResortTimes }, elapsed)
  const claimant = createRateLimiter(all, elapsed)
  return {
    take: (claimantId, userId) => {
      const pair = `${claimantId}\n${userId}`
      if (claimantId !== userId) lastResort.take(pair)
      claimant.take(claimantId)
      return claimantId === userId || oneTime.mayTake(pair) ? 'one_time' : 'last_resort'
    },
  }
}
