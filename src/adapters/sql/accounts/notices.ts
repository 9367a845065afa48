import { type Selectable, sql } from 'kysely'
import { userStream } from '../../../domain/stream-names.ts'
import type { UserCommand } from '../../../domain/user/user-commands.ts'
import type { Notice, NoticeRecords, SkippedNotices } from '../../../ports/identity/notices.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database, Tables, Write } from '../tables.ts'

/** In the transaction that makes it true. */
export const keepNotice = async (write: Write, notice: Notice | undefined): Promise<void> => {
  if (notice === undefined) return
  const { id, userId, command } = notice
  await write
    .insertInto('notices')
    .values({ id, user_id: userId, command: JSON.stringify(command) })
    .execute()
}

const toNotice = ({ id, user_id, command }: Selectable<Tables['notices']>): Notice => ({
  id,
  userId: user_id,
  command: JSON.parse(command) as UserCommand,
})

const waiting = (db: Database, without: SkippedNotices | undefined) => {
  const all = db.selectFrom('notices').selectAll()
  if (without === undefined) return all
  const others = without.users.length === 0 ? all : all.where('user_id', 'not in', without.users)
  return others.where(({ not, exists, selectFrom }) =>
    not(
      exists(
        selectFrom('parked_reactions')
          .select('stream')
          .where('process', '=', without.parkedFor)
          .whereRef('stream', '=', sql<string>`${sql.lit(userStream(''))} || notices.user_id`),
      ),
    ),
  )
}

export const createNotices = (db: Database): NoticeRecords => ({
  notices: async (limit, without) => (await waiting(db, without).orderBy('id').limit(limit).execute()).map(toNotice),
  noticesOf: async (userId, limit) => {
    const own = db.selectFrom('notices').selectAll().where('user_id', '=', userId)
    return (await own.orderBy('id').limit(limit).execute()).map(toNotice)
  },
  settleNotice: async (id) => {
    await inTransaction(db, (write) => write.deleteFrom('notices').where('id', '=', id).execute())
  },
})
