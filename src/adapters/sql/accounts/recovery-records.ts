import type { AccountStore } from '../../../ports/identity/account-store.ts'
import type { RecoveryAnswer, RecoveryBlob } from '../../../ports/identity/recovery-records.ts'
import { onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'

export const putRecovery = async (write: Write, userId: string, record: RecoveryBlob): Promise<void> => {
  const { blob, number, signature, at } = record
  await write
    .insertInto('recovery_blobs')
    .values({ user_id: userId, blob, number, signature, at })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ blob, number, signature, at }))
    .execute()
}

const recoveryOf = async (db: Database | Write, userId: string): Promise<RecoveryBlob | undefined> => {
  const columns = db.selectFrom('recovery_blobs').select(['blob', 'number', 'signature', 'at'])
  return columns.where('user_id', '=', userId).executeTakeFirst()
}

const isOld = (record: RecoveryBlob, present: RecoveryBlob | undefined): boolean =>
  present !== undefined && record.number <= present.number && record.signature !== present.signature

const replace = async (
  write: Write,
  userId: string,
  record: RecoveryBlob,
  identityKey: string,
): Promise<RecoveryAnswer> => {
  const accounts = write.selectFrom('accounts').select(['status', 'identity_key'])
  const account = await accounts.where('user_id', '=', userId).executeTakeFirst()
  if (account?.status !== 'active') return 'no_account'
  if (account.identity_key !== identityKey) return 'differs'
  if (isOld(record, await recoveryOf(write, userId))) return 'old'
  await putRecovery(write, userId, record)
  return 'stored'
}

export const createRecovery = (db: Database): Pick<AccountStore, 'recovery' | 'putRecovery'> => ({
  recovery: (userId) => recoveryOf(db, userId),
  putRecovery: (userId, record, identityKey) =>
    onUser(db, userId, (write) => replace(write, userId, record, identityKey)),
})
