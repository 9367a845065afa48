import type { Passkey, SecondFactorStore } from '../../../ports/identity/second-factors.ts'
import { onUser } from '../database/in-transaction.ts'
import type { PasskeyRow } from '../migrations/sign-in-migration.ts'
import type { Database, Write } from '../tables.ts'
import { dropIdleCodes, hasAccount, replaceCodes } from './recovery-codes.ts'

export const passkeyOf = (row: PasskeyRow): Passkey => ({
  credentialId: row.credential_id,
  userId: row.user_id,
  name: row.name,
  publicKey: row.public_key,
  counter: row.counter,
  transports: JSON.parse(row.transports) as string[],
  addedAt: row.added_at,
  usedAt: row.used_at,
})

const rowOf = (passkey: Omit<Passkey, 'usedAt'>): PasskeyRow => ({
  credential_id: passkey.credentialId,
  user_id: passkey.userId,
  name: passkey.name,
  public_key: passkey.publicKey,
  counter: passkey.counter,
  transports: JSON.stringify(passkey.transports),
  added_at: passkey.addedAt,
  used_at: null,
})

const add = async (write: Write, passkey: Omit<Passkey, 'usedAt'>, limit: number) => {
  if (!(await hasAccount(write, passkey.userId))) return 'no_account'
  const own = await write.selectFrom('passkeys').select('user_id').where('user_id', '=', passkey.userId).execute()
  if (own.length >= limit) return 'limit'
  const { numInsertedOrUpdatedRows } = await write
    .insertInto('passkeys')
    .values(rowOf(passkey))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n ? 'added' : 'taken'
}

/** Authenticators that do not count say 0 for ever. */
const takeCount = async (write: Write, credentialId: string, counter: number, at: number): Promise<boolean> => {
  const { numUpdatedRows } = await write
    .updateTable('passkeys')
    .set({ counter, used_at: at })
    .where('credential_id', '=', credentialId)
    .where((is) => is.or([is('counter', '<', counter), is.and([is('counter', '=', 0), is.lit(counter === 0)])]))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

const remove = async (write: Write, userId: string, credentialId: string): Promise<boolean> => {
  const { numDeletedRows } = await write
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .where('credential_id', '=', credentialId)
    .executeTakeFirst()
  await dropIdleCodes(write, userId)
  return numDeletedRows === 1n
}

export const createPasskeys = (
  db: Database,
): Pick<SecondFactorStore, 'addPasskey' | 'passkey' | 'takePasskeyCount' | 'removePasskey'> => {
  const find = async (credentialId: string): Promise<Passkey | undefined> => {
    const row = await db.selectFrom('passkeys').selectAll().where('credential_id', '=', credentialId).executeTakeFirst()
    return row && passkeyOf(row)
  }
  return {
    addPasskey: (passkey, limit, codes) =>
      onUser(db, passkey.userId, async (write) => {
        const answer = await add(write, passkey, limit)
        if (answer === 'added' && codes !== undefined) await replaceCodes(write, passkey.userId, codes)
        return answer
      }),
    passkey: find,
    takePasskeyCount: async (credentialId, counter, at) => {
      const { userId } = (await find(credentialId)) ?? {}
      return userId !== undefined && onUser(db, userId, (write) => takeCount(write, credentialId, counter, at))
    },
    removePasskey: (userId, credentialId) => onUser(db, userId, (write) => remove(write, userId, credentialId)),
  }
}
