import { ProtocolError } from '@backscroll/protocol/errors'
import { LRUCache } from 'lru-cache'
import type { SharedLimits } from '../../ports/shared-limits.ts'
import type { Limit } from './limits.ts'

export interface Taken {
  /** 0: they were taken. Otherwise none was, and another try is worthwhile after this many milliseconds. */
  readonly waitMs: number
  /** How many are left at once. */
  readonly left: number
}

/**
 * Buckets of this process, one for each limit and each counted user or address. Where there are several processes,
 * each tells the others now and then what it gave, and gives nothing while all together gave too much. So nothing
 * waits for an answer, and together they exceed a limit at most by a thirty-second of a bucket each, and by what
 * passes until an answer is there. When the others cannot be reached, each goes by its own buckets.
 */
export interface LimitBuckets {
  take(limit: Limit, whom: string, count?: number): Taken
  /** How much of the bucket is used. */
  used(limit: Limit, whom: string): number
}

export interface LimitBucketsDeps {
  /** Absent where there is one process. */
  readonly shared?: Pick<SharedLimits, 'charge'> | undefined
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/**
 * How many buckets of one limit are remembered; a forgotten one is full again. Each limit has its own, so that a flood
 * under one limit makes no other be forgotten.
 */
const remembered = 50_000
/** The share of a bucket that is given before the others are told. */
const untold = 1 / 32
/** How long the others are left alone after they could not be told. */
const awayMs = 1_000

interface Bucket {
  fullAt: number
  blockedUntil: number
  untold: number
  isTelling: boolean
}

export const createLimitBuckets = ({ shared, now }: LimitBucketsDeps): LimitBuckets => {
  const byLimit = new Map<Limit['name'], LRUCache<string, Bucket>>()
  let awayUntil = Number.NEGATIVE_INFINITY

  const bucketsOf = ({ name }: Limit): LRUCache<string, Bucket> => {
    const known = byLimit.get(name) ?? new LRUCache({ max: remembered })
    byLimit.set(name, known)
    return known
  }

  const bucketOf = (limit: Limit, whom: string): Bucket => {
    const buckets = bucketsOf(limit)
    const known = buckets.get(whom)
    if (known !== undefined) return known
    const made: Bucket = { fullAt: 0, blockedUntil: 0, untold: 0, isTelling: false }
    buckets.set(whom, made)
    return made
  }

  const tell = async (key: string, { burst, everyMs }: Limit, bucket: Bucket): Promise<void> => {
    const count = bucket.untold
    bucket.isTelling = true
    bucket.untold = 0
    try {
      const overMs = (await shared?.charge({ key, burst, everyMs, count })) ?? 0
      if (overMs > 0) bucket.blockedUntil = now() + overMs
    } catch {
      awayUntil = now() + awayMs
    } finally {
      bucket.isTelling = false
    }
  }

  const tellIfMuch = (key: string, limit: Limit, bucket: Bucket): void => {
    if (shared === undefined || bucket.isTelling || now() < awayUntil) return
    if (bucket.untold >= Math.max(1, limit.burst * untold)) void tell(key, limit, bucket)
  }

  const leftOf = ({ burst, everyMs }: Limit, { fullAt }: Bucket, at: number): number =>
    Math.floor(burst - Math.max(0, fullAt - at) / everyMs)

  return {
    take: (limit, whom, count = 1) => {
      const key = `${limit.name} ${whom}`
      const bucket = bucketOf(limit, whom)
      const at = now()
      const fullAt = Math.max(at, bucket.fullAt) + count * limit.everyMs
      const waitMs = Math.ceil(Math.max(bucket.blockedUntil - at, fullAt - at - limit.burst * limit.everyMs))
      if (waitMs > 0) return { waitMs, left: 0 }
      bucket.fullAt = fullAt
      bucket.untold += count
      tellIfMuch(key, limit, bucket)
      return { waitMs: 0, left: leftOf(limit, bucket, at) }
    },
    used: (limit, whom) => {
      const bucket = bucketsOf(limit).get(whom)
      return bucket === undefined ? 0 : Math.max(0, bucket.fullAt - now()) / limit.everyMs
    },
  }
}

/** Throws `rate_limited` with the time to wait. */
export const requireTake = (meter: LimitBuckets, limit: Limit, whom: string, count = 1): void => {
  const { waitMs } = meter.take(limit, whom, count)
  if (waitMs > 0) throw new ProtocolError('rate_limited', undefined, { retryAfterMs: waitMs })
}
