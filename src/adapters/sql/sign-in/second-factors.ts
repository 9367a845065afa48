import type { AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { Factors, SecondFactorStore } from '../../../ports/identity/second-factors.ts'
import { keepAct } from '../accounts/admin-acts.ts'
import { onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'
import { createPasskeys, passkeyOf } from './passkeys.ts'
import { dropIdleCodes, hasAccount, replaceCodes, takeCode } from './recovery-codes.ts'

const offer = async (write: Write, userId: string, secret: string): Promise<boolean> => {
  if (!(await hasAccount(write, userId))) return false
  const { numInsertedOrUpdatedRows } = await write
    .insertInto('totp')
    .values({ user_id: userId, secret, confirmed_at: null, last_step: 0 })
    .onConflict((conflict) =>
      conflict.column('user_id').doUpdateSet({ secret, last_step: 0 }).where('totp.confirmed_at', 'is', null),
    )
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

const confirm = async (write: Write, userId: string, secret: string, step: number, at: number): Promise<boolean> => {
  const { numUpdatedRows } = await write
    .updateTable('totp')
    .set({ confirmed_at: at, last_step: step })
    .where('user_id', '=', userId)
    .where('secret', '=', secret)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

const takeStep = async (write: Write, userId: string, secret: string, step: number): Promise<boolean> => {
  const { numUpdatedRows } = await write
    .updateTable('totp')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('secret', '=', secret)
    .where('confirmed_at', 'is not', null)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

const removeTotp = async (write: Write, userId: string): Promise<boolean> => {
  const { numDeletedRows } = await write.deleteFrom('totp').where('user_id', '=', userId).executeTakeFirst()
  await dropIdleCodes(write, userId)
  return numDeletedRows > 0n
}

const removeAll = async (write: Write, userId: string, act: AdminAct | undefined): Promise<boolean> => {
  let removed = 0n
  for (const table of ['totp', 'passkeys', 'recovery_codes'] as const)
    removed += (await write.deleteFrom(table).where('user_id', '=', userId).executeTakeFirst()).numDeletedRows
  if (removed > 0n) await keepAct(write, act)
  return removed > 0n
}

const read = async (db: Database, userId: string): Promise<Factors> => {
  const totp = await db.selectFrom('totp').selectAll().where('user_id', '=', userId).executeTakeFirst()
  const passkeys = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('added_at')
    .orderBy('credential_id')
    .execute()
  const codes = await db.selectFrom('recovery_codes').select('code_hash').where('user_id', '=', userId).execute()
  return {
    totp: totp && { secret: totp.secret, confirmedAt: totp.confirmed_at },
    passkeys: passkeys.map(passkeyOf),
    recoveryCodes: codes.map(({ code_hash }) => code_hash),
  }
}

export const createSecondFactors = (db: Database): SecondFactorStore => ({
  ...createPasskeys(db),
  factors: (userId) => read(db, userId),
  offerTotp: (userId, secret) => onUser(db, userId, (write) => offer(write, userId, secret)),
  confirmTotp: (userId, secret, step, codes, at) =>
    onUser(db, userId, async (write) => {
      if (!(await confirm(write, userId, secret, step, at))) return false
      if (codes !== undefined) await replaceCodes(write, userId, codes)
      return true
    }),
  takeTotpStep: (userId, secret, step) => onUser(db, userId, (write) => takeStep(write, userId, secret, step)),
  removeTotp: (userId) => onUser(db, userId, (write) => removeTotp(write, userId)),
  putRecoveryCodes: (userId, codes) => onUser(db, userId, (write) => replaceCodes(write, userId, codes)),
  takeRecoveryCode: (userId, code) => onUser(db, userId, (write) => takeCode(write, userId, code)),
  removeFactors: (userId, act) => onUser(db, userId, (write) => removeAll(write, userId, act)),
})
