import { ProtocolError } from '../protocol/errors.ts'
import type { Limit } from './limits.ts'
import { type Meter, requireTake } from './meter.ts'

export interface SpendingOptions {
  readonly meter: Meter
  /** Bytes that one user may have stored. */
  readonly limit: Limit
  /** Whether space is short. */
  readonly isShort: () => boolean
}

/**
 * What users have stored. A user who stores too much is `rate_limited`; while space is short, `storage_full` for who
 * has stored much lately.
 */
export interface Spending {
  /** Throws before anything is stored. */
  take(userId: string, bytes: number): void
}

/** While space is short, this much an hour is left to everybody: people go on writing, nobody fills what is left. */
const shortBytes = 1024 * 1024

export const createSpending = ({ meter, limit, isShort }: SpendingOptions): Spending => ({
  take: (userId, bytes) => {
    if (meter.used(limit, userId) + bytes > shortBytes && isShort()) throw new ProtocolError('storage_full')
    requireTake(meter, limit, userId, bytes)
  },
})
