import { ProtocolError } from '@backscroll/protocol/errors'
import { LRUCache } from 'lru-cache'
import { type LimitBuckets, requireTake } from './limit-buckets.ts'
import type { Limit } from './limits.ts'

export interface StorageQuotaOptions {
  readonly meter: LimitBuckets
  /** How many bytes one user may have stored. */
  readonly limit: Limit
  /** Whether space is short. */
  readonly isShort: () => boolean
}

/**
 * What users have stored. A user who stores too much is `rate_limited`; while space is short, a user who has stored
 * much lately gets `storage_full`.
 */
export interface StorageQuota {
  /**
   * Throws before anything is stored. `what` names it, and its content: a repeat, after another refusal or a lost
   * answer, counts once.
   */
  take(userId: string, bytes: number, what: string): void
}

/** What was permitted, for as long as it may come again. */
const remembered = { max: 20_000, ttl: 60_000 }

/**
 * While space is short, every user still gets this much an hour: people go on writing, and nobody fills what is
 * left.
 */
const shortBytes = 1024 * 1024

export const createStorageQuota = ({ meter, limit, isShort }: StorageQuotaOptions): StorageQuota => {
  const taken = new LRUCache<string, true>(remembered)
  return {
    take: (userId, bytes, what) => {
      const key = `${userId} ${bytes} ${what}`
      if (taken.has(key)) return
      if (meter.used(limit, userId) + bytes > shortBytes && isShort()) throw new ProtocolError('storage_full')
      requireTake(meter, limit, userId, bytes)
      taken.set(key, true)
    },
  }
}
