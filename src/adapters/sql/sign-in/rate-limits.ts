import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Bucket, RateLimits } from '../../../ports/rate-limits.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'

const hash = (key: string): string => createHash('sha256').update(key).digest('base64url')

/** Thrown to take back what was taken from the buckets before the empty one. */
class Empty extends Error {
  readonly waitMs: number
  constructor(waitMs: number) {
    super('a bucket is empty')
    this.waitMs = waitMs
  }
}

/**
 * How full a bucket is is one number, when it will be full: taking from it moves it, and is refused beyond what the
 * bucket holds. A time beyond what an empty bucket could say comes of a clock that was wrong: it counts for nothing,
 * else it would lock somebody out for as long.
 */
const takeFrom = async (write: Write, { key, burst, everyMs, count = 1 }: Bucket, now: number): Promise<void> => {
  const [latest, empty] = [Math.floor(now + (burst - count) * everyMs), Math.ceil(now + burst * everyMs)]
  const every = Math.ceil(everyMs * count)
  const full = sql.ref<number>('rate_limits.full_at')
  const counts = sql<boolean>`${full} > ${now} AND ${full} <= ${empty}`
  const taken = await write
    .insertInto('rate_limits')
    .values({ key, full_at: now + every })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ full_at: sql<number>`CASE WHEN ${counts} THEN ${full} ELSE ${now} END + ${every}` })
        .where((is) => is.or([is('rate_limits.full_at', '<=', latest), is('rate_limits.full_at', '>', empty)])),
    )
    .executeTakeFirst()
  if (taken.numInsertedOrUpdatedRows === 1n) return
  const row = await write.selectFrom('rate_limits').select('full_at').where('key', '=', key).executeTakeFirst()
  throw new Empty(Math.max(1, (row?.full_at ?? now) - latest))
}

/** In one order everywhere, so that two calls do not wait for each other. */
const inOrder = (buckets: readonly Bucket[]): readonly Bucket[] =>
  buckets.map((bucket) => ({ ...bucket, key: hash(bucket.key) })).sort((a, b) => (a.key < b.key ? -1 : 1))

/** One row a bucket that is not full. */
export const createRateLimits = (db: Database): RateLimits => ({
  take: async (buckets, now) => {
    try {
      await inTransaction(db, async (write) => {
        for (const bucket of inOrder(buckets)) await takeFrom(write, bucket, now)
      })
      return 0
    } catch (error) {
      if (error instanceof Empty) return error.waitMs
      throw error
    }
  },
  purgeLimits: (now) =>
    inTransaction(db, async (write) => {
      await write.deleteFrom('rate_limits').where('full_at', '<=', now).execute()
    }),
})
