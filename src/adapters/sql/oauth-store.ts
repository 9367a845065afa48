import type { FoundOAuthRecord, OAuthRecord, OAuthStore } from '../../ports/oauth-store.ts'
import { isStorable } from './dialect.ts'
import { inTransaction } from './in-transaction.ts'
import type { OAuthRecordRow } from './oauth-migration.ts'
import type { Database, Write } from './tables.ts'

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
    remove: (kind, id) => remove((rows) => rows.where('kind', '=', kind).where('id', '=', id)),
    removeGrant: (grantId) => remove((rows) => rows.where('grant_id', '=', grantId)),
    purge: (now) => remove((rows) => rows.where('expires_at', '<=', now)),
  }
}
