import { networkOf } from '../../identity/sender-address.ts'
import { requireTake } from './limit-buckets.ts'
import type { ProcessLimits } from './process-limits.ts'

/** Counts a look-up for the user and for the network that it comes from, found or not; throws `rate_limited`. */
export const createLookupLimit =
  ({ meter, limits }: Pick<ProcessLimits, 'limits' | 'meter'>) =>
  (userId: string, address: string): void => {
    requireTake(meter, limits.lookupsOfUser, userId)
    requireTake(meter, limits.lookupsOfAddress, networkOf(address))
  }
