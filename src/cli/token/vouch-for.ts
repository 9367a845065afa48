import { v7 as uuidv7 } from 'uuid'
import { openAccountDatabase } from '../../compose/identity/account-database.ts'
import type { Config } from '../../config/config.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { UserRole } from '../../ports/identity/access.ts'
import type { Account, Standing } from '../../ports/identity/account-records.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'

export interface Vouched {
  readonly userId: string
  readonly deviceId: string
  readonly roles: readonly UserRole[]
  /** The id may be that of a user who registered here. */
  readonly existingAccount?: boolean
  /** Such an account gets the roles that it lacks, for good. */
  readonly grantRole?: boolean
}

const hindrance = ({ account, devices, erased }: Standing, deviceId: string): string | undefined => {
  if (erased) return 'This user was erased: the id is never used again.'
  if (account?.status === 'deactivated') return 'This account is deactivated: an admin can unlock it.'
  const revoked = devices.some((device) => device.deviceId === deviceId && device.revokedAt !== null)
  return revoked ? 'This device was revoked: give another device id.' : undefined
}

const hasKeys = ({ account }: Standing): boolean => typeof account?.identityKey === 'string'

const lacking = (account: Account, roles: readonly UserRole[]): readonly UserRole[] =>
  roles.filter((role) => !account.roles.includes(role))

/** A registered user must not get by the id what was meant for another one. */
const trespass = (account: Account, vouched: Vouched): string | undefined => {
  const { existingAccount, grantRole, roles } = vouched
  if (existingAccount !== true)
    return `This id belongs to somebody who registered on this server (login ${account.login ?? 'unknown'}). With --existing-account the token is theirs.`
  const missing = lacking(account, roles)
  if (missing.length === 0 || grantRole === true) return undefined
  return `The account (login ${account.login ?? 'unknown'}) does not have the role ${missing.join(', ')}. With --grant-role it gets it, for good.`
}

interface Entered {
  readonly local: Account | undefined
  readonly mustRegister: boolean
}

/** The user's devices have keys, and this is none of them. */
const mustRegister = (standing: Standing, deviceId: string): boolean =>
  hasKeys(standing) && !standing.devices.some((one) => one.deviceId === deviceId && one.signatureKey !== null)

/** The change is permanent, so it is recorded in the audit. */
const grant = async (store: AccountStore, { userId, roles: before }: Account, roles: readonly UserRole[]) => {
  const after = [...new Set([...before, ...roles])]
  const act = { id: uuidv7(), act: 'set_roles', at: Date.now(), actor: null, userId, roles: after } as const
  await store.change(userId, { roles: after }, undefined, act)
}

const enter = async (store: AccountStore, vouched: Vouched): Promise<Entered> => {
  const { userId, deviceId, roles } = vouched
  const standing = await store.standing(userId)
  const local = standing.account?.origin === 'local' ? standing.account : undefined
  const why = hindrance(standing, deviceId) ?? (local && trespass(local, vouched))
  if (why !== undefined) throw new OperatorError(why)
  // A user whose devices have keys gets no more devices without keys: this one has to register.
  if (!hasKeys(standing)) await store.provision([{ userId, deviceId, at: Date.now() }])
  if (local !== undefined && lacking(local, roles).length > 0) await grant(store, local, roles)
  return { local, mustRegister: mustRegister(standing, deviceId) }
}

/** For the person who asked, on standard error. */
const said = ({ userId, deviceId, roles }: Vouched, { local, mustRegister: only }: Entered): string => {
  const who =
    local === undefined
      ? `the user ${userId}, who has no sign-in of this server`
      : `${userId}, who registered as ${local.login}`
  const limit = only
    ? ' Other devices of the user have keys: until this one has registered its own, it can do nothing else.'
    : ''
  return `This token is for the device ${deviceId} of ${who}; roles: ${roles.join(', ')}.${limit}`
}

/**
 * The holder of the signing key may admit anybody: creates account and device, without keys, if they do not exist
 * yet, and answers which user the token is for. The server may be running. Rejects with an `OperatorError` for a
 * user or device that was erased, deactivated or revoked, and for the id of a registered user, unless that is
 * meant.
 */
export const vouchFor = async (config: Config, vouched: Vouched): Promise<string> => {
  const store = await openAccountDatabase(config)
  try {
    return said(vouched, await enter(store, vouched))
  } finally {
    await store.close()
  }
}
