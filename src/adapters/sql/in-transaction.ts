import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Write } from './tables.ts'

/** What says that somebody else was faster, and nothing happened: SQLite's lock; PostgreSQL's serialization failure and deadlock. */
const collisions: ReadonlySet<string> = new Set(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', '40001', '40P01'])

const isCollision = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && collisions.has(error.code)

const patienceMs = 5_000

/**
 * All that `work` writes, or nothing. Waits for other processes without holding up this one; what `work` does beside the database must
 * bear being done again.
 */
export const inTransaction = async <Result>(db: Database, work: (write: Write) => Promise<Result>): Promise<Result> => {
  const until = performance.now() + patienceMs
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (!isCollision(error) || performance.now() > until) throw error
      await sleep(Math.random() * Math.min(50, 2 ** tries))
    }
  }
}
