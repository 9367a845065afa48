import type { FoundOAuthRecord, OAuthRecord, OAuthStore } from '../../ports/oauth-store.ts'
import type { OAuthRecordRow } from './oauth-migration.ts'
import type { Database } from './tables.ts'

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
  consumedAt: consumed_at === null ? undefined : Number(consumed_at),
})

/** The authorization server's records in any SQL database that Kysely speaks to. */
export const createSqlOAuthStore = (db: Database): OAuthStore => {
  const findBy =
    (column: 'id' | 'uid' | 'user_code') =>
    async (kind: string, value: string, now: number): Promise<FoundOAuthRecord | undefined> => {
      const row = await db
        .selectFrom('oauth_records')
        .selectAll()
        .where('kind', '=', kind)
        .where(column, '=', value)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && foundOf(row)
    }

  return {
    put: async (record) => {
      const columns = columnsOf(record)
      await db
        .insertInto('oauth_records')
        .values({ kind: record.kind, id: record.id, consumed_at: null, ...columns })
        .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet(columns))
        .execute()
    },
    find: findBy('id'),
    findByUid: findBy('uid'),
    findByUserCode: findBy('user_code'),
    consume: async (kind, id, now) => {
      const { numUpdatedRows } = await db
        .updateTable('oauth_records')
        .set({ consumed_at: now })
        .where('kind', '=', kind)
        .where('id', '=', id)
        .where('expires_at', '>', now)
        .where('consumed_at', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },
    remove: async (kind, id) => {
      await db.deleteFrom('oauth_records').where('kind', '=', kind).where('id', '=', id).execute()
    },
    removeGrant: async (grantId) => {
      await db.deleteFrom('oauth_records').where('grant_id', '=', grantId).execute()
    },
    purge: async (now) => {
      await db.deleteFrom('oauth_records').where('expires_at', '<=', now).execute()
    },
  }
}
