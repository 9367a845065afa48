import { sql } from 'kysely'
import type { Leases } from '../../ports/leases.ts'
import { clockOf } from './database/dialect.ts'
import { inTransaction } from './database/in-transaction.ts'
import type { Database, Write } from './tables.ts'

/**
 * A lease with more time left than this was taken under a clock that has been set back since: its holder would have
 * renewed it by now.
 */
const longestMs = 10 * 60_000

const hold = async (write: Write, name: string, holder: string, forMs: number): Promise<boolean> => {
  const now = clockOf(write)
  const lease = { holder, expires_at: sql<number>`${now} + ${sql.lit(Math.floor(forMs))}` }
  const held = await write
    .insertInto('leases')
    .values({ name, ...lease })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet(lease)
        .where((is) =>
          is.or([
            is('leases.holder', '=', holder),
            is('leases.expires_at', '<=', now),
            is('leases.expires_at', '>', sql<number>`${now} + ${sql.lit(longestMs)}`),
          ]),
        ),
    )
    .executeTakeFirst()
  return held.numInsertedOrUpdatedRows === 1n
}

/** One row for each lease. Only the database's clock counts, so the processes' clocks need not agree. */
export const createLeases = (db: Database): Leases => ({
  hold: (name, holder, forMs) => inTransaction(db, (write) => hold(write, name, holder, forMs)),
  release: (name, holder) =>
    inTransaction(db, async (write) => {
      await write.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute()
    }),
})
