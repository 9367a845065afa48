import { administeredUserPage, userOverview } from '@backscroll/protocol/rest/administration'
import type { z } from 'zod'
import { print } from '../output.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import type { ServerOptions } from '../views/operate-views.ts'
import { type ActOptions, createAdminRequests, type ListOptions } from './admin-requests.ts'
import { dateOf, tableOf } from './admin-table.ts'

type Found = z.output<typeof administeredUserPage>['items'][number]
type Overview = z.output<typeof userOverview>

export interface FindOptions extends ListOptions {
  readonly login?: string
}

export interface DeactivateOptions extends ActOptions {
  /** Seconds. */
  readonly for?: number
}

const standing = ({ status, deactivation }: Found): string => {
  if (deactivation === null) return status
  const { by, until, reason } = deactivation
  const end = until === null ? '' : ` until ${dateOf(until)}`
  return `${status} by ${by === 'user' ? 'its user' : 'an admin'}${end}${reason === null ? '' : ` (${reason})`}`
}

/** Runs `backscroll admin find`. Exit code 1: no user was found. */
export const findUsers = async (
  beginning: string | undefined,
  options: FindOptions,
  env: Environment,
): Promise<void> => {
  const wanted = options.login === undefined ? { prefix: beginning ?? '' } : { login: options.login }
  const { search } = createAdminRequests(options, env)
  const items = await search(administeredUserPage, '/admin/users/search', options.limit, wanted)
  const rows = items.map((one) => [
    one.userId,
    one.login ?? '',
    standing(one),
    one.roles.join(', '),
    dateOf(one.createdAt),
  ])
  const text = tableOf(['user', 'login', 'account', 'roles', 'since'], rows)
  print(options, { items }, items.length === 0 ? 'Nobody was found.' : text)
  if (items.length === 0) process.exitCode = 1
}

const overviewText = (user: Overview): string => {
  const { userId, login, roles, createdAt, conversations, requests, blocks, storedBytes, devices } = user
  const facts = [
    ['user', userId],
    ['login', login ?? 'another issuer signs in'],
    ['account', standing(user)],
    ['roles', roles.join(', ')],
    ['since', dateOf(createdAt)],
    ['conversations', String(conversations)],
    ['waiting requests', String(requests)],
    ['users blocked', String(blocks)],
    ['bytes stored lately', `${storedBytes.lastHour} of ${storedBytes.perHour} an hour`],
  ]
  const rows = devices.map((one) => [
    one.deviceId,
    dateOf(one.addedAt),
    one.revokedAt === null ? (one.hasKey ? 'active' : 'has no key yet') : `revoked ${dateOf(one.revokedAt)}`,
  ])
  return `${tableOf([], facts)}\n${tableOf(['device', 'added', 'state'], rows)}`
}

const pathOf = (userId: string): string => `/admin/users/${encodeURIComponent(userId)}`

/** Runs `backscroll admin show`. */
export const showUser = async (userId: string, options: ServerOptions, env: Environment): Promise<void> => {
  const user = await createAdminRequests(options, env).read(userOverview, pathOf(userId))
  print(options, user, overviewText(user))
}

/** Runs `backscroll admin deactivate`. */
export const deactivateUser = async (userId: string, options: DeactivateOptions, env: Environment): Promise<void> => {
  const query = options.for === undefined ? {} : { until: String(Date.now() + options.for * 1_000) }
  await createAdminRequests(options, env).act('POST', `${pathOf(userId)}/deactivation`, options, { body: {}, query })
  await showUser(userId, options, env)
}

/** Runs `backscroll admin reactivate`. */
export const reactivateUser = async (userId: string, options: ActOptions, env: Environment): Promise<void> => {
  await createAdminRequests(options, env).act('DELETE', `${pathOf(userId)}/deactivation`, options)
  await showUser(userId, options, env)
}

/** Runs `backscroll admin revoke-device`. */
export const revokeDevice = async (
  userId: string,
  deviceId: string,
  options: ActOptions,
  env: Environment,
): Promise<void> => {
  const path = `${pathOf(userId)}/devices/${encodeURIComponent(deviceId)}`
  await createAdminRequests(options, env).act('DELETE', path, options)
  await showUser(userId, options, env)
}

/** Sets all roles of the user. `change` gets those of now. */
const changeRoles = async (
  userId: string,
  change: (roles: readonly string[]) => readonly string[],
  options: ActOptions,
  env: Environment,
): Promise<void> => {
  const { read, act } = createAdminRequests(options, env)
  const { roles } = await read(userOverview, pathOf(userId))
  await act('PUT', `${pathOf(userId)}/roles`, options, { body: { roles: change(roles) } })
  await showUser(userId, options, env)
}

/** Runs `backscroll admin grant-role`. */
export const grantRole = (userId: string, role: string, options: ActOptions, env: Environment): Promise<void> =>
  changeRoles(userId, (roles) => [...new Set([...roles, role])], options, env)

/** Runs `backscroll admin revoke-role`. */
export const revokeRole = (userId: string, role: string, options: ActOptions, env: Environment): Promise<void> =>
  changeRoles(userId, (roles) => roles.filter((one) => one !== role), options, env)

/** Runs `backscroll admin erase`. */
export const eraseUser = async (userId: string, options: ActOptions, env: Environment): Promise<void> => {
  await createAdminRequests(options, env).act('DELETE', pathOf(userId), options)
  print(options, { userId, ok: true }, 'It is erased.')
}
