import type { Account } from '../../../ports/identity/account-records.ts'
import { lockUsers } from '../database/dialect.ts'
import type { Write } from '../tables.ts'
import { accountOf } from './account-rows.ts'

/**
 * Not a user's id, because those hold no space. Locked after the user itself, so that no two transactions wait for
 * each other.
 */
const theAdmins = 'the admins'

/** A user whom this server itself signs in as an admin. Tokens of other issuers state roles that nobody here knows. */
export const isActiveAdmin = ({ origin, status, roles }: Pick<Account, 'origin' | 'status' | 'roles'>): boolean =>
  origin === 'local' && status === 'active' && roles.includes('admin')

/** True when nobody else could administer. Until the transaction ends, no other one takes an admin away. */
export const isLastAdmin = async (write: Write, account: Account): Promise<boolean> => {
  if (!isActiveAdmin(account)) return false
  await lockUsers(write, [theAdmins])
  const rows = await write
    .selectFrom('accounts')
    .selectAll()
    .where('user_id', '!=', account.userId)
    .where('status', '=', 'active')
    .where('roles', 'like', '%"admin"%')
    .execute()
  return !rows.map(accountOf).some(isActiveAdmin)
}
