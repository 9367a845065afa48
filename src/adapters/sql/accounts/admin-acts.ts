import type { AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { ActRecords } from '../../../ports/identity/act-records.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'

/** Stores the act in the transaction that performs it. */
export const keepAct = async (write: Write, act: AdminAct | undefined): Promise<void> => {
  if (act === undefined) return
  await write
    .insertInto('admin_acts')
    .values({ id: act.id, act: JSON.stringify(act) })
    .execute()
}

export const createActRecords = (db: Database): ActRecords => ({
  keepAct: (act) => inTransaction(db, (write) => keepAct(write, act)),
  acts: async (limit) => {
    const rows = await db.selectFrom('admin_acts').selectAll().orderBy('id').limit(limit).execute()
    return rows.map(({ act }) => JSON.parse(act) as AdminAct)
  },
  settleAct: async (id) => {
    await inTransaction(db, (write) => write.deleteFrom('admin_acts').where('id', '=', id).execute())
  },
})
