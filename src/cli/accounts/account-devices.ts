import { done } from '@backscroll/protocol/rest/done'
import Table from 'cli-table3'
import { loadConfig } from '../../config/config.ts'
import { normaliseLogin } from '../../identity/accounts/sign-in/login-names.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'
import type { Device } from '../../ports/identity/device-records.ts'
import { UsageError } from '../exit-codes.ts'
import { type JsonOption, print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests } from '../settings/operator-requests.ts'
import { withAccounts } from './recover-account.ts'

export interface OfSomebody extends JsonOption {
  readonly login?: string
  readonly user?: string
}

export interface RevokeOptions extends OfSomebody {
  readonly server?: string
}

const unknown = () => new OperatorError('There is no such account.')

const userOf = async (store: AccountStore, { login, user }: OfSomebody): Promise<string> => {
  if ((login === undefined) === (user === undefined)) throw new UsageError('error: give either --login or --user')
  const found = login === undefined ? { userId: user } : await store.accountByLogin(normaliseLogin(login))
  if (found?.userId === undefined) throw unknown()
  return found.userId
}

const standingOf = async (store: AccountStore, who: OfSomebody) => {
  const userId = await userOf(store, who)
  const { account, devices } = await store.standing(userId)
  if (account === undefined) throw unknown()
  return { userId, devices }
}

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

const stateOf = ({ revokedAt, signatureKey }: Device): string => {
  if (revokedAt !== null) return `revoked ${dateOf(revokedAt)}`
  return signatureKey === null ? 'has no key yet' : 'active'
}

/** People choose names: no part of one may control the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ')

const tableOf = (devices: readonly Device[]): string => {
  const table = new Table({ head: ['device', 'name', 'added', 'state'], style: { head: [], border: [] } })
  for (const one of devices) table.push([one.deviceId, printable(one.name ?? ''), dateOf(one.addedAt), stateOf(one)])
  return table.toString()
}

const shown = ({ deviceId, name, addedAt, revokedAt, signatureKey }: Device) => ({
  ...{ deviceId, name, addedAt, revokedAt },
  hasKey: signatureKey !== null,
})

/** `backscroll accounts devices`. The server may be running. */
export const listDevices = async (who: OfSomebody, env: Environment): Promise<void> => {
  const { userId, devices } = await withAccounts(loadConfig(env), (store) => standingOf(store, who))
  print(who, { userId, devices: devices.map(shown) }, `${userId}\n${tableOf(devices)}`)
}

/** `backscroll accounts revoke-device`. */
export const revokeDevice = async (
  deviceId: string,
  { server, ...who }: RevokeOptions,
  env: Environment,
): Promise<void> => {
  const { userId } = await withAccounts(loadConfig(env), (store) => standingOf(store, who))
  const path = `/admin/users/${encodeURIComponent(userId)}/devices/${encodeURIComponent(deviceId)}`
  await createOperatorRequests(server, env)(done, path, undefined, 'DELETE')
  print(who, { userId, deviceId }, `${deviceId} of ${userId} is revoked`)
}
