import type { Write } from '../tables.ts'

export const hasAccount = async (write: Write, userId: string): Promise<boolean> =>
  (await write.selectFrom('accounts').select('user_id').where('user_id', '=', userId).executeTakeFirst()) !== undefined

export const replaceCodes = async (write: Write, userId: string, codes: readonly string[]): Promise<void> => {
  await write.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
  const rows = codes.map((code_hash) => ({ user_id: userId, code_hash }))
  if (rows.length > 0) await write.insertInto('recovery_codes').values(rows).execute()
}

export const takeCode = async (write: Write, userId: string, code: string): Promise<boolean> => {
  const { numDeletedRows } = await write
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', code)
    .executeTakeFirst()
  return numDeletedRows === 1n
}

/** Recovery codes stand in for a factor: without one they say nothing. */
export const dropIdleCodes = async (write: Write, userId: string): Promise<void> => {
  const totp = await write.selectFrom('totp').select('user_id').where('user_id', '=', userId).executeTakeFirst()
  const passkey = await write.selectFrom('passkeys').select('user_id').where('user_id', '=', userId).executeTakeFirst()
  if (totp === undefined && passkey === undefined) await replaceCodes(write, userId, [])
}
