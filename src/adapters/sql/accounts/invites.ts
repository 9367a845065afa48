import type { Invite, InviteRecords } from '../../../ports/identity/invites.ts'
import { onUser } from '../database/in-transaction.ts'
import type { InviteRow } from '../migrations/invites-migration.ts'
import type { Database, Write } from '../tables.ts'

const inviteOf = (row: InviteRow): Invite => ({
  inviteId: row.invite_id,
  userId: row.user_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  uses: row.uses,
  maxUses: row.max_uses,
})

const rowOf = (invite: Invite): InviteRow => ({
  invite_id: invite.inviteId,
  user_id: invite.userId,
  created_at: invite.createdAt,
  expires_at: invite.expiresAt,
  uses: invite.uses,
  max_uses: invite.maxUses,
})

const liveOf = async (db: Database | Write, userId: string, now: number): Promise<readonly Invite[]> => {
  const rows = await db
    .selectFrom('invites')
    .selectAll()
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('invite_id')
    .execute()
  return rows.map(inviteOf)
}

const put = async (write: Write, invite: Invite, most: number): Promise<'put' | 'full' | 'taken'> => {
  if ((await liveOf(write, invite.userId, invite.createdAt)).length >= most) return 'full'
  const inserted = await write
    .insertInto('invites')
    .values(rowOf(invite))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n ? 'put' : 'taken'
}

const remove = async (write: Write, userId: string, inviteId: string): Promise<boolean> => {
  const { numDeletedRows } = await write
    .deleteFrom('invites')
    .where('invite_id', '=', inviteId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (numDeletedRows !== 1n) return false
  await write.deleteFrom('invite_uses').where('invite_id', '=', inviteId).execute()
  return true
}

const hasUsed = async (db: Database | Write, inviteId: string, holderId: string): Promise<boolean> =>
  (await db
    .selectFrom('invite_uses')
    .select('holder_id')
    .where('invite_id', '=', inviteId)
    .where('holder_id', '=', holderId)
    .executeTakeFirst()) !== undefined

const use = async (write: Write, { inviteId, userId }: Invite, holderId: string, now: number): Promise<boolean> => {
  if (await hasUsed(write, inviteId, holderId)) return true
  const { numUpdatedRows } = await write
    .updateTable('invites')
    .set((row) => ({ uses: row('uses', '+', 1) }))
    .where('invite_id', '=', inviteId)
    .where('expires_at', '>', now)
    .whereRef('uses', '<', 'max_uses')
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) return false
  await write.insertInto('invite_uses').values({ invite_id: inviteId, user_id: userId, holder_id: holderId }).execute()
  return true
}

/** Everything about a user who is erased: the own invites, and those that the user came by. */
export const deleteInvitesOf = async (write: Write, userId: string): Promise<void> => {
  await write.deleteFrom('invites').where('user_id', '=', userId).execute()
  await write
    .deleteFrom('invite_uses')
    .where((one) => one.or([one('user_id', '=', userId), one('holder_id', '=', userId)]))
    .execute()
}

export const deleteExpiredInvites = async (write: Write, now: number): Promise<void> => {
  const expired = write.selectFrom('invites').select('invite_id').where('expires_at', '<=', now)
  await write.deleteFrom('invite_uses').where('invite_id', 'in', expired).execute()
  await write.deleteFrom('invites').where('expires_at', '<=', now).execute()
}

export const createInvites = (db: Database): InviteRecords => {
  const find: InviteRecords['inviteFor'] = async (inviteId, holderId, now) => {
    const row = await db
      .selectFrom('invites')
      .selectAll()
      .where('invite_id', '=', inviteId)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    if (row === undefined) return undefined
    return row.uses < row.max_uses || (await hasUsed(db, inviteId, holderId)) ? inviteOf(row) : undefined
  }
  return {
    putInvite: (invite, most) => onUser(db, invite.userId, (write) => put(write, invite, most)),
    invitesOf: (userId, now) => liveOf(db, userId, now),
    deleteInvite: (userId, inviteId) => onUser(db, userId, (write) => remove(write, userId, inviteId)),
    inviteFor: find,
    useInvite: async (inviteId, holderId, now) => {
      const invite = await find(inviteId, holderId, now)
      return invite !== undefined && onUser(db, invite.userId, (write) => use(write, invite, holderId, now))
    },
    invitedBy: async (holderId, userIds, now) => {
      if (userIds.length === 0) return []
      const rows = await db
        .selectFrom('invite_uses')
        .innerJoin('invites', 'invites.invite_id', 'invite_uses.invite_id')
        .select('invite_uses.user_id')
        .distinct()
        .where('invite_uses.holder_id', '=', holderId)
        .where('invite_uses.user_id', 'in', [...userIds])
        .where('invites.expires_at', '>', now)
        .execute()
      return rows.map((row) => row.user_id)
    },
  }
}
