import { sql } from 'kysely'
import type { MediaRecord, MediaRecords, SweepableMedia } from '../../../ports/media-records.ts'
import { inTransaction, onUser } from '../database/in-transaction.ts'
import type { MediaRow } from '../migrations/media-migration.ts'
import type { Database, Write } from '../tables.ts'

const rowOf = (record: MediaRecord): MediaRow => ({
  id: record.id,
  user_id: record.userId,
  size: record.size,
  received: record.received,
  parts: record.parts,
  hash: record.hash,
  created_at: record.createdAt,
  named_at: record.namedAt,
  retired: 0,
})

/** PostgreSQL answers with sums and counts as text. */
const recordOf = (row: MediaRow): MediaRecord => ({
  id: row.id,
  userId: row.user_id,
  size: Number(row.size),
  received: Number(row.received),
  parts: row.parts,
  hash: row.hash,
  createdAt: Number(row.created_at),
  namedAt: row.named_at === null ? null : Number(row.named_at),
})

const usageOf = async (write: Write, userId: string) => {
  const unfinished = sql<number>`coalesce(sum(CASE WHEN hash IS NULL THEN 1 ELSE 0 END), 0)`
  const used = await write
    .selectFrom('media')
    .select(({ fn }) => [fn.coalesce(fn.sum('size'), sql<number>`0`).as('bytes'), unfinished.as('uploads')])
    .where('user_id', '=', userId)
    .where('retired', '=', 0)
    .executeTakeFirstOrThrow()
  return { bytes: Number(used.bytes), uploads: Number(used.uploads) }
}

const begin = async (
  write: Write,
  record: MediaRecord,
  caps: Parameters<MediaRecords['beginMedia']>[1],
): ReturnType<MediaRecords['beginMedia']> => {
  const used = await usageOf(write, record.userId)
  if (used.bytes + record.size > caps.bytes) return 'full'
  if (used.uploads >= caps.uploads) return 'too_many'
  await write.insertInto('media').values(rowOf(record)).execute()
  return 'begun'
}

const name = async (write: Write, ids: readonly string[], at: number): Promise<boolean> => {
  const named = await write
    .updateTable('media')
    .set({ named_at: at })
    .where('id', 'in', [...ids])
    .where('retired', '=', 0)
    .where('hash', 'is not', null)
    .executeTakeFirst()
  return Number(named.numUpdatedRows) === ids.length
}

const sweepable = async (
  db: Database,
  { created, named }: Parameters<MediaRecords['sweepableMedia']>[0],
  after: string,
  limit: number,
): Promise<readonly SweepableMedia[]> => {
  const rows = await db
    .selectFrom('media')
    .leftJoin('erased_users', 'erased_users.user_id', 'media.user_id')
    .selectAll('media')
    .select('erased_users.user_id as erased')
    .where('media.id', '>', after)
    .where('retired', '=', 0)
    .where((is) => {
      // An archive keeps its pieces, although no message names them.
      const piece = is.selectFrom('archive_pieces').select('piece').whereRef('media_id', '=', 'media.id')
      const isAlone = is.not(is.exists(piece))
      return is.or([
        is('erased_users.user_id', 'is not', null),
        is.and([is('named_at', 'is', null), is('created_at', '<', created), isAlone]),
        is('named_at', '<', named),
      ])
    })
    .orderBy('media.id')
    .limit(limit)
    .execute()
  return rows.map(({ erased, ...row }) => ({
    record: recordOf(row),
    why: erased !== null ? 'erased' : row.hash === null ? 'unfinished' : 'idle',
  }))
}

export const createMediaRecords = (db: Database): MediaRecords => ({
  beginMedia: (record, caps) => onUser(db, record.userId, (write) => begin(write, record, caps)),
  media: async (id) => {
    const row = await db
      .selectFrom('media')
      .selectAll()
      .where('id', '=', id)
      .where('retired', '=', 0)
      .executeTakeFirst()
    return row && recordOf(row)
  },
  advanceMedia: (id, from, to, parts) =>
    inTransaction(db, async (write) => {
      const advanced = await write
        .updateTable('media')
        .set({ received: to, parts })
        .where('id', '=', id)
        .where('received', '=', from)
        .where('hash', 'is', null)
        .where('retired', '=', 0)
        .executeTakeFirst()
      return advanced.numUpdatedRows === 1n
    }),
  finishMedia: async (id, hash) => {
    await inTransaction(db, (write) => write.updateTable('media').set({ hash }).where('id', '=', id).execute())
  },
  nameMedia: (ids, at) => inTransaction(db, (write) => name(write, ids, at)),
  sweepableMedia: (before, after, limit) => sweepable(db, before, after, limit),
  retireMedia: (id, namedBefore) =>
    inTransaction(db, async (write) => {
      const retired = await write
        .updateTable('media')
        .set({ retired: 1 })
        .where('id', '=', id)
        .where((is) => is.or([is('named_at', 'is', null), is('named_at', '<', namedBefore)]))
        .executeTakeFirst()
      return retired.numUpdatedRows === 1n
    }),
  retiredMedia: async (limit) => {
    const rows = await db.selectFrom('media').selectAll().where('retired', '=', 1).orderBy('id').limit(limit).execute()
    return rows.map(recordOf)
  },
  forgetMedia: async (id) => {
    await inTransaction(db, (write) =>
      write.deleteFrom('media').where('id', '=', id).where('retired', '=', 1).execute(),
    )
  },
})
