import { sql } from 'kysely'
import type { QueueCounts, QueueRecords } from '../../../ports/identity/queue-counts.ts'
import type { Database } from '../tables.ts'
import { pushKindOf } from './push-wakes.ts'

/** PostgreSQL answers with counts and sums as text. */
const push = async (db: Database, now: number): Promise<QueueCounts['push']> => {
  const rows = await db
    .selectFrom('push_targets')
    .select(({ fn }) => [
      'kind',
      fn.countAll<number>().as('all'),
      sql<number>`coalesce(sum(CASE WHEN due_at <= ${now} THEN 1 ELSE 0 END), 0)`.as('due'),
      sql<number | null>`min(CASE WHEN due_at <= ${now} THEN due_at END)`.as('oldest'),
    ])
    .where('due_at', 'is not', null)
    .groupBy('kind')
    .orderBy('kind')
    .execute()
  return rows.map(({ kind, all, due, oldest }) => ({
    kind: pushKindOf(kind),
    due: Number(due),
    later: Number(all) - Number(due),
    oldest: oldest === null ? null : Number(oldest),
  }))
}

const files = async (db: Database): Promise<QueueCounts['files']> => {
  const row = await db
    .selectFrom('media')
    .select([
      sql<number>`coalesce(sum(CASE WHEN retired = 0 THEN 1 ELSE 0 END), 0)`.as('uploads'),
      sql<number>`coalesce(sum(CASE WHEN retired = 0 THEN received ELSE 0 END), 0)`.as('bytes'),
      sql<number>`coalesce(sum(retired), 0)`.as('retired'),
    ])
    .where((is) => is.or([is('hash', 'is', null), is('retired', '=', 1)]))
    .executeTakeFirstOrThrow()
  return { uploads: Number(row.uploads), receivedBytes: Number(row.bytes), toRemove: Number(row.retired) }
}

const reports = async (db: Database): Promise<QueueCounts['reports']> => {
  const countOf = async (status: 'open' | 'claimed'): Promise<number> => {
    const counted = db.selectFrom('reports').select(({ fn }) => fn.countAll<number>().as('all'))
    return Number((await counted.where('status', '=', status).executeTakeFirstOrThrow()).all)
  }
  return { open: await countOf('open'), claimed: await countOf('claimed') }
}

export const createQueueCounts = (db: Database): QueueRecords => ({
  queueCounts: async (now) => ({ push: await push(db, now), files: await files(db), reports: await reports(db) }),
})
