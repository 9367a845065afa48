import { sql } from 'kysely'
import type { AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { AccountRecords } from '../../../ports/identity/account-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import { isStorable } from '../database/dialect.ts'
import { onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'
import { accountOf } from './account-rows.ts'
import { keepAct } from './admin-acts.ts'
import { keepNotice } from './notices.ts'

/** Compares text and uses no pattern, so that no character in the prefix is special and every engine finds the same. */
const beginsWith = (column: 'login' | 'user_id', prefix: string) =>
  sql<boolean>`substr(${sql.ref(column)}, 1, ${sql.lit([...prefix].length)}) = ${prefix}`

const find = async (db: Database, { prefix, after, limit }: Parameters<AccountRecords['find']>[0]) => {
  if (!isStorable(prefix)) return []
  let query = db.selectFrom('accounts').selectAll()
  if (prefix !== '') query = query.where(({ or }) => or([beginsWith('login', prefix), beginsWith('user_id', prefix)]))
  if (after !== undefined) query = query.where('user_id', '>', after)
  return (await query.orderBy('user_id').limit(limit).execute()).map(accountOf)
}

const overdue = async (db: Database, now: number, limit: number): Promise<readonly string[]> => {
  const rows = await db
    .selectFrom('accounts')
    .select('user_id')
    .where('deactivated_until', '<=', now)
    .orderBy('deactivated_until')
    .limit(limit)
    .execute()
  return rows.map((row) => row.user_id)
}

const reactivate = async (write: Write, userId: string, now: number, notice: Notice, act: AdminAct) => {
  const { numUpdatedRows } = await write
    .updateTable('accounts')
    .set({ status: 'active', deactivation: null, deactivated_until: null })
    .where('user_id', '=', userId)
    .where('deactivated_until', '<=', now)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  await keepNotice(write, notice)
  await keepAct(write, act)
  return true
}

/** Finds accounts for admins, and accounts whose deactivation has ended. */
export const createAccountSearch = (db: Database): Pick<AccountRecords, 'find' | 'overdue' | 'reactivateOverdue'> => ({
  find: (wanted) => find(db, wanted),
  overdue: (now, limit) => overdue(db, now, limit),
  reactivateOverdue: (userId, now, notice, act) =>
    onUser(db, userId, (write) => reactivate(write, userId, now, notice, act)),
})
