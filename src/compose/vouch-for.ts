import type { Config } from '../config.ts'
import type { UserRole } from '../ports/access.ts'
import type { AccountStore, Standing } from '../ports/accounts.ts'
import { OperatorError } from '../ports/operator-error.ts'
import { openAccountDatabase } from './account-database.ts'

export interface Vouched {
  readonly userId: string
  readonly deviceId: string
  readonly roles: readonly UserRole[]
}

const hindrance = ({ account, devices, erased }: Standing, deviceId: string): string | undefined => {
  if (erased) return 'This user was erased: the id is never used again.'
  if (account?.status === 'deactivated') return 'This account is deactivated: an admin can unlock it.'
  const revoked = devices.some((device) => device.deviceId === deviceId && device.revokedAt !== null)
  return revoked ? 'This device was revoked: give another device id.' : undefined
}

const enter = async (store: AccountStore, { userId, deviceId, roles }: Vouched): Promise<void> => {
  const standing = await store.standing(userId)
  const why = hindrance(standing, deviceId)
  if (why !== undefined) throw new OperatorError(why)
  await store.provision([{ userId, deviceId, at: Date.now() }])
  const { account } = standing
  if (account?.origin !== 'local') return
  await store.change(userId, { roles: [...new Set([...account.roles, ...roles])] })
}

/**
 * Who holds the signing key may let in whom he likes: makes account and device, without keys, if they are not there yet. The server may be
 * running. Rejects with an `OperatorError` for what was erased, deactivated or revoked.
 */
export const vouchFor = async (config: Config, vouched: Vouched): Promise<void> => {
  const store = await openAccountDatabase(config)
  try {
    await enter(store, vouched)
  } finally {
    await store.close()
  }
}
