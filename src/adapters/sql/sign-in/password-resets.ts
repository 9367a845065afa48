import type { PasswordReset, PasswordResetStore } from '../../../ports/identity/password-resets.ts'
import { onUser } from '../database/in-transaction.ts'
import type { PasswordResetRow } from '../migrations/sign-in-migration.ts'
import type { Database, Write } from '../tables.ts'

const resetOfRow = (row: PasswordResetRow): PasswordReset => ({
  codeHash: row.code_hash,
  userId: row.user_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

const deleteOldest = async (write: Write, userId: string, keep: number): Promise<void> => {
  const rows = await write
    .selectFrom('password_resets')
    .select('code_hash')
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('code_hash')
    .execute()
  const beyond = rows.slice(keep).map(({ code_hash }) => code_hash)
  if (beyond.length > 0) await write.deleteFrom('password_resets').where('code_hash', 'in', beyond).execute()
}

const put = async (write: Write, reset: PasswordReset, keep: number): Promise<void> => {
  const { codeHash, userId, createdAt, expiresAt } = reset
  await write
    .insertInto('password_resets')
    .values({ code_hash: codeHash, user_id: userId, created_at: createdAt, expires_at: expiresAt })
    .execute()
  await deleteOldest(write, userId, keep)
}

const use = async (write: Write, { userId, codeHash }: PasswordReset, passwordHash: string, now: number) => {
  const { numDeletedRows } = await write
    .deleteFrom('password_resets')
    .where('code_hash', '=', codeHash)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  if (numDeletedRows !== 1n) return false
  await write.deleteFrom('password_resets').where('user_id', '=', userId).execute()
  const { numUpdatedRows } = await write
    .updateTable('accounts')
    .set({ password_hash: passwordHash, tokens_from: now, tokens_spare: null })
    .where('user_id', '=', userId)
    .where('status', '=', 'active')
    .where('login', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export const createPasswordResets = (db: Database): PasswordResetStore => {
  const find = async (codeHash: string, now: number): Promise<PasswordReset | undefined> => {
    const row = await db
      .selectFrom('password_resets')
      .selectAll()
      .where('code_hash', '=', codeHash)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    return row && resetOfRow(row)
  }
  return {
    putReset: (reset, keep) => onUser(db, reset.userId, (write) => put(write, reset, keep)),
    resetOf: find,
    useReset: async (codeHash, passwordHash, now) => {
      const reset = await find(codeHash, now)
      return reset !== undefined && onUser(db, reset.userId, (write) => use(write, reset, passwordHash, now))
    },
  }
}
