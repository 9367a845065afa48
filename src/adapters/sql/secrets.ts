import type { AccountStore } from '../../ports/identity/account-store.ts'
import { inTransaction } from './database/in-transaction.ts'
import type { Database } from './tables.ts'

/** When several processes make one at the same time, the first wins. */
export const createSecrets = (db: Database): Pick<AccountStore, 'secret'> => ({
  secret: (name, made) =>
    inTransaction(db, async (write) => {
      await write
        .insertInto('secrets')
        .values({ name, value: made })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      const { value } = await write
        .selectFrom('secrets')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      return value
    }),
})
