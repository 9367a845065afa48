import type { UserCommand } from '../../domain/user/commands.ts'
import type { AccountStore } from '../../ports/accounts.ts'
import type { Notice } from '../../ports/notices.ts'
import { inTransaction } from './in-transaction.ts'
import type { Database, Write } from './tables.ts'

/** In the transaction that makes it true. */
export const keepNotice = async (write: Write, notice: Notice | undefined): Promise<void> => {
  if (notice === undefined) return
  const { id, userId, command } = notice
  await write
    .insertInto('notices')
    .values({ id, user_id: userId, command: JSON.stringify(command) })
    .execute()
}

export const createNotices = (db: Database): Pick<AccountStore, 'notices' | 'settleNotice'> => ({
  notices: async (limit) => {
    const rows = await db.selectFrom('notices').selectAll().orderBy('id').limit(limit).execute()
    return rows.map((row) => ({ id: row.id, userId: row.user_id, command: JSON.parse(row.command) as UserCommand }))
  },
  settleNotice: async (id) => {
    await inTransaction(db, (write) => write.deleteFrom('notices').where('id', '=', id).execute())
  },
})
