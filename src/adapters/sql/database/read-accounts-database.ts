import { DatabaseError } from 'pg'
import { openPostgres, type PostgresOptions, withReason } from './open-postgres.ts'

/** The error of a database that no process has used yet, or only one of an older version. */
const noSuchTable = '42P01'

/**
 * How many streams of a cluster are parked because a reaction to one of their events failed. Reads only. Rejects
 * with an `OperatorError` that names BACKSCROLL_POSTGRES_URL when it cannot read.
 */
export const countParkedInDatabase = async (options: PostgresOptions): Promise<number> => {
  const { db, place } = openPostgres({ connections: 1, ...options })
  try {
    const { fn } = db
    const found = await db.selectFrom('parked_reactions').select(fn.countAll().as('parked')).executeTakeFirst()
    return Number(found?.parked ?? 0)
  } catch (error) {
    if (error instanceof DatabaseError && error.code === noSuchTable) return 0
    throw withReason(error, place)
  } finally {
    await db.destroy()
  }
}
