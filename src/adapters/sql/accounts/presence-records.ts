import type { Audience } from '../../../ports/identity/account-records.ts'
import type { PresenceRecords, SeenUser } from '../../../ports/identity/presence-records.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../tables.ts'

const seenUsers = async (db: Database, userIds: readonly string[]): Promise<ReadonlyMap<string, SeenUser>> => {
  if (userIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('accounts')
    .select(['user_id', 'online', 'last_seen', 'seen_at'])
    .where('user_id', 'in', [...userIds])
    .where('status', '=', 'active')
    .execute()
  const userOf = ({ online, last_seen, seen_at }: (typeof rows)[number]): SeenUser => ({
    online: online as Audience,
    lastSeen: last_seen as Audience,
    seenAt: seen_at,
  })
  return new Map(rows.map((row) => [row.user_id, userOf(row)]))
}

export const createPresenceRecords = (db: Database): PresenceRecords => ({
  seenUsers: (userIds) => seenUsers(db, userIds),
  noteSeen: async (userIds, at) => {
    if (userIds.length === 0) return
    await inTransaction(db, (write) =>
      write
        .updateTable('accounts')
        .set({ seen_at: at })
        .where('user_id', 'in', [...userIds])
        .where('last_seen', '!=', 'nobody')
        .where((is) => is.or([is('seen_at', 'is', null), is('seen_at', '<', at)]))
        .execute(),
    )
  },
})
