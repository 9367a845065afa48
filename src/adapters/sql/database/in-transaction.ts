import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Write } from '../tables.ts'
import { lockUsers } from './dialect.ts'

/**
 * Errors that mean that another transaction was faster and nothing happened: SQLite's lock; PostgreSQL's
 * serialization failure and deadlock.
 */
const collisions: ReadonlySet<string> = new Set(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', '40001', '40P01'])

/** PostgreSQL's unique violation: a key was taken between the read and the write. The second attempt finds it. */
const keyTaken = '23505'

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const patienceMs = 5_000

/**
 * All that `work` writes, or nothing. Waits for other processes without blocking this one. What `work` does besides
 * the database must be idempotent.
 */
export const inTransaction = async <Result>(db: Database, work: (write: Write) => Promise<Result>): Promise<Result> => {
  const until = performance.now() + patienceMs
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().setIsolationLevel('read committed').execute(work)
    } catch (error) {
      const code = codeOf(error)
      const again = collisions.has(code) || (code === keyTaken && tries === 1)
      if (!again || performance.now() > until) throw error
      await sleep(Math.random() * Math.min(50, 2 ** tries))
    }
  }
}

/** The same, while nobody else works on the user: this makes a read before a write reliable on every engine. */
export const onUser = <Result>(
  db: Database,
  userId: string,
  work: (write: Write) => Promise<Result>,
): Promise<Result> =>
  inTransaction(db, async (write) => {
    await lockUsers(write, [userId])
    return work(write)
  })
