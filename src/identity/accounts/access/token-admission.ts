import type { Access, OpenAccess, UserRole } from '../../../ports/identity/access.ts'
import type { Account, Standing } from '../../../ports/identity/account-records.ts'
import type { Device } from '../../../ports/identity/device-records.ts'

/** Why a genuine token does not count. Each is an error of the protocol; an impostor is told nothing. */
export type AccessRefusal = 'revoked' | 'signed_out' | 'account_deactivated' | 'account_erased' | 'unauthenticated'

/**
 * What a verified token gets. `unregistered`: the user is active, the device has to be registered first.
 * `provision`: the token alone suffices to create the account or the device.
 */
export type Admission = 'admit' | 'unregistered' | 'provision' | AccessRefusal

/** How many devices that have only ever shown a token one user may have. */
const mostSeen = 1000

type Judged = OpenAccess & Pick<Access, 'foreign'>

/** Older tokens of the device are void; for the device that changed the password, earlier ones count too. */
export const tokensFromOf = ({ tokensFrom, tokensSpare }: Account, deviceId: string): number =>
  tokensSpare?.deviceId === deviceId ? Math.min(tokensSpare.from, tokensFrom) : tokensFrom

/** How far the dates of two processes may differ. */
const skewMs = 60_000
/** How long a sign-in counts while it cannot be told from those that are over. */
const shortMs = 60 * 60_000

/**
 * A time in the future was noted by a clock that has been set back since. Waiting for it would lock people out.
 * Until then tokens that were issued a moment ago count, because only a new sign-in gives them.
 */
export const sinceWhen = (from: number, now: number): { readonly from: number; readonly to: number } =>
  from > now + skewMs ? { from: now - shortMs, to: now + skewMs } : { from, to: Number.POSITIVE_INFINITY }

const tooOld = (account: Account, { deviceId, issuedAt }: OpenAccess, now: number): boolean => {
  const { from, to } = sinceWhen(tokensFromOf(account, deviceId), now)
  // Tokens say when they were issued in whole seconds.
  return from > 0 && (issuedAt === undefined || issuedAt < Math.floor(from / 1000) * 1000 || issuedAt > to)
}

/**
 * Users of other issuers may come with any device until the first one has a key: from then on each must be
 * certified.
 */
const mayAppear = (account: Account, seen: number): boolean =>
  account.origin === 'external' && account.identityKey === null && seen < mostSeen

/**
 * A device that has only ever shown a token counts until the user has an identity key: then it has to prove itself
 * like every other one.
 */
const mayCount = ({ signatureKey }: Device, { identityKey }: Account): boolean =>
  signatureKey !== null || identityKey === null

/** Whatever id another issuer gives its users, they are never users who sign in here. */
const isImpostor = ({ foreign }: Judged, { origin }: Account): boolean => foreign === true && origin === 'local'

export const admissionOf = (access: Judged, { account, devices, erased }: Standing, now: number): Admission => {
  if (erased) return 'account_erased'
  if (account === undefined) return 'provision'
  if (isImpostor(access, account)) return 'unauthenticated'
  if (account.status !== 'active') return 'account_deactivated'
  const device = devices.find(({ deviceId }) => deviceId === access.deviceId)
  if (device !== undefined && device.revokedAt !== null) return 'revoked'
  // After the final refusals: a device that is gone is not told to sign in again.
  if (tooOld(account, access, now)) return 'signed_out'
  if (device !== undefined && mayCount(device, account)) return 'admit'
  return mayAppear(account, devices.length) ? 'provision' : 'unregistered'
}

/**
 * A local account has the roles of the token that the account still has. Other issuers' tokens state their users'
 * roles themselves.
 */
export const rolesOf = (access: Access, account: Account | undefined): readonly UserRole[] =>
  account?.origin === 'local' ? access.roles.filter((role) => account.roles.includes(role)) : access.roles
