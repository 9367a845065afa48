import type { FoundOAuthRecord, OAuthRecord, OAuthStore, Turn } from '../../../ports/identity/oauth-store.ts'
import { isStorable } from '../database/dialect.ts'
import { inTransaction, onUser } from '../database/in-transaction.ts'
import type { OAuthRecordRow } from '../migrations/oauth-migration.ts'
import type { Database, Write } from '../tables.ts'

const columnsOf = (record: OAuthRecord) => ({
  payload: record.payload,
  grant_id: record.grantId ?? null,
  user_id: record.userId ?? null,
  uid: record.uid ?? null,
  user_code: record.userCode ?? null,
  expires_at: record.expiresAt,
})

const foundOf = ({ id, payload, consumed_at }: OAuthRecordRow): FoundOAuthRecord => ({
  id,
  payload,
  consumedAt: consumed_at ?? undefined,
})

const recordsIn = (write: Write) => write.deleteFrom('oauth_records')
type Records = ReturnType<typeof recordsIn>

const put = async (write: Write, record: OAuthRecord): Promise<void> => {
  const columns = columnsOf(record)
  await write
    .insertInto('oauth_records')
    .values({ kind: record.kind, id: record.id, consumed_at: null, ...columns })
    .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet(columns))
    .execute()
}

/** The statement decides: whoever comes second waits for the first, and then finds that it is consumed. */
const consume = async (write: Write, kind: string, id: string, now: number): Promise<boolean> => {
  const { numUpdatedRows } = await write
    .updateTable('oauth_records')
    .set({ consumed_at: now })
    .where('kind', '=', kind)
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .where('consumed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

const consumedAt = async (write: Write, kind: string, place: string, but: string): Promise<boolean> => {
  const row = await write
    .selectFrom('oauth_records')
    .select('id')
    .where('kind', '=', kind)
    .where('uid', '=', place)
    .where('id', '!=', but)
    .where('consumed_at', 'is not', null)
    .executeTakeFirst()
  return row !== undefined
}

const consumeInTurn = async (write: Write, kind: string, id: string, turn: Turn, now: number): Promise<boolean> => {
  if (await consumedAt(write, kind, turn.own, id)) return false
  if (await consume(write, kind, id, now)) return true
  const row = await write
    .selectFrom('oauth_records')
    .select('consumed_at')
    .where('kind', '=', kind)
    .where('id', '=', id)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  const at = row?.consumed_at ?? Number.NEGATIVE_INFINITY
  return now - at < turn.graceMs && !(await consumedAt(write, kind, turn.next, id))
}

const trim = async (write: Write, kinds: readonly string[], most: number): Promise<number> => {
  const last = await write
    .selectFrom('oauth_records')
    .select('expires_at')
    .where('kind', 'in', kinds)
    .where('user_id', 'is', null)
    .orderBy('expires_at', 'desc')
    .offset(most)
    .limit(1)
    .executeTakeFirst()
  if (last === undefined) return 0
  const { numDeletedRows } = await recordsIn(write)
    .where('kind', 'in', kinds)
    .where('user_id', 'is', null)
    .where('expires_at', '<=', last.expires_at)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** The authorization server's records in any SQL database that Kysely speaks to. */
export const createSqlOAuthStore = (db: Database): OAuthStore => {
  const findBy =
    (column: 'id' | 'uid' | 'user_code') =>
    async (kind: string, value: string, now: number): Promise<FoundOAuthRecord | undefined> => {
      if (!isStorable(value)) return undefined
      const row = await db
        .selectFrom('oauth_records')
        .selectAll()
        .where('kind', '=', kind)
        .where(column, '=', value)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && foundOf(row)
    }

  const remove = (these: (all: Records) => Records): Promise<void> =>
    inTransaction(db, async (write) => {
      await these(recordsIn(write)).execute()
    })

  return {
    put: (record) => inTransaction(db, (write) => put(write, record)),
    find: findBy('id'),
    findByUid: findBy('uid'),
    findByUserCode: findBy('user_code'),
    consume: (kind, id, now) => inTransaction(db, (write) => consume(write, kind, id, now)),
    consumeInTurn: (kind, id, turn, now) =>
      onUser(db, turn.grantId, (write) => consumeInTurn(write, kind, id, turn, now)),
    remove: (kind, id) => remove((rows) => rows.where('kind', '=', kind).where('id', '=', id)),
    removeGrant: (grantId) => remove((rows) => rows.where('grant_id', '=', grantId)),
    purge: (now) => remove((rows) => rows.where('expires_at', '<=', now)),
    trim: (kinds, most) => inTransaction(db, (write) => trim(write, kinds, most)),
  }
}
