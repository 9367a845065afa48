import type { AccountStore } from '../../ports/accounts.ts'
import type { RecoveryBlob } from '../../ports/recovery-records.ts'
import { onUser } from './in-transaction.ts'
import type { Database, Write } from './tables.ts'

export const putRecovery = async (write: Write, userId: string, { blob, at }: RecoveryBlob): Promise<void> =>
  void (await write
    .insertInto('recovery_blobs')
    .values({ user_id: userId, blob, at })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ blob, at }))
    .execute())

export const createRecovery = (db: Database): Pick<AccountStore, 'recovery' | 'putRecovery'> => ({
  recovery: async (userId) => {
    const row = await db.selectFrom('recovery_blobs').selectAll().where('user_id', '=', userId).executeTakeFirst()
    return row && { blob: row.blob, at: row.at }
  },
  putRecovery: (userId, recovery) =>
    onUser(db, userId, async (write) => {
      const account = await write
        .selectFrom('accounts')
        .select('status')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      if (account?.status !== 'active') return false
      await putRecovery(write, userId, recovery)
      return true
    }),
})
