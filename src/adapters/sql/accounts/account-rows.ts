import { blankAccount } from '../../../domain/user/blank-account.ts'
import type { UserRole } from '../../../ports/identity/access.ts'
import type { Account, AccountChange, Audience } from '../../../ports/identity/account-records.ts'
import type { Device, DeviceVoucher } from '../../../ports/identity/device-records.ts'
import type { AccountRow, DeviceRow } from '../tables.ts'

/** Translates between rows and the port's types. */
export const accountOf = (row: AccountRow): Account => ({
  userId: row.user_id,
  login: row.login,
  passwordHash: row.password_hash,
  origin: row.origin as Account['origin'],
  status: row.status as Account['status'],
  deactivation: row.deactivation === null ? null : (JSON.parse(row.deactivation) as Account['deactivation']),
  roles: JSON.parse(row.roles) as UserRole[],
  identityKey: row.identity_key,
  tokensFrom: row.tokens_from,
  tokensSpare: row.tokens_spare === null ? null : (JSON.parse(row.tokens_spare) as Account['tokensSpare']),
  createdAt: row.created_at,
  profile: { displayName: row.display_name, about: row.about },
  privacy: {
    online: row.online as Audience,
    lastSeen: row.last_seen as Audience,
    readReceipts: row.read_receipts === 1,
    findableByLogin: row.findable_by_login === 1,
  },
  settings: JSON.parse(row.settings) as Account['settings'],
})

const deactivationColumns = (deactivation: Account['deactivation']) => ({
  deactivation: deactivation && JSON.stringify(deactivation),
  deactivated_until: deactivation?.until ?? null,
})

export const accountRow = (account: Account): AccountRow => ({
  user_id: account.userId,
  login: account.login,
  password_hash: account.passwordHash,
  origin: account.origin,
  status: account.status,
  ...deactivationColumns(account.deactivation),
  roles: JSON.stringify(account.roles),
  identity_key: account.identityKey,
  tokens_from: account.tokensFrom,
  tokens_spare: account.tokensSpare && JSON.stringify(account.tokensSpare),
  created_at: account.createdAt,
  display_name: account.profile.displayName,
  about: account.profile.about,
  online: account.privacy.online,
  last_seen: account.privacy.lastSeen,
  seen_at: null,
  read_receipts: account.privacy.readReceipts ? 1 : 0,
  findable_by_login: account.privacy.findableByLogin ? 1 : 0,
  settings: JSON.stringify(account.settings),
})

/** Only the columns that change. */
export const changedColumns = (change: AccountChange): Partial<AccountRow> => ({
  ...(change.login !== undefined && { login: change.login }),
  ...(change.passwordHash !== undefined && { password_hash: change.passwordHash }),
  ...(change.status !== undefined && { status: change.status }),
  ...(change.deactivation !== undefined && deactivationColumns(change.deactivation)),
  ...(change.roles !== undefined && { roles: JSON.stringify(change.roles) }),
  ...(change.tokensFrom !== undefined && { tokens_from: change.tokensFrom }),
  ...(change.tokensSpare !== undefined && {
    tokens_spare: change.tokensSpare && JSON.stringify(change.tokensSpare),
  }),
  ...(change.profile !== undefined && { display_name: change.profile.displayName, about: change.profile.about }),
  ...(change.privacy !== undefined && {
    online: change.privacy.online,
    last_seen: change.privacy.lastSeen,
    // What is shown to nobody is not kept.
    ...(change.privacy.lastSeen === 'nobody' && { seen_at: null }),
    read_receipts: change.privacy.readReceipts ? 1 : 0,
    findable_by_login: change.privacy.findableByLogin ? 1 : 0,
  }),
  ...(change.settings !== undefined && { settings: JSON.stringify(change.settings) }),
})

export const deviceOf = (row: DeviceRow): Device => ({
  userId: row.user_id,
  deviceId: row.device_id,
  name: row.name,
  signatureKey: row.signature_key,
  certificate: row.certificate,
  ...(row.chain !== null && { chain: JSON.parse(row.chain) as readonly DeviceVoucher[] }),
  addedAt: row.added_at,
  revokedAt: row.revoked_at,
})

/** A user who was created by a token. */
export const provisioned = (userId: string, at: number): Account => ({
  ...blankAccount,
  ...{ userId, login: null, passwordHash: null, origin: 'external', createdAt: at },
})
