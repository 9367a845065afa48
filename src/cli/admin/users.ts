import { limits } from '@backscroll/protocol/limits'
import { administeredUserPage, userOverview } from '@backscroll/protocol/rest/administration'
import { done } from '@backscroll/protocol/rest/done'
import type { z } from 'zod'
import { print } from '../output.ts'
import { createProgress } from '../progress.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { createOperatorRequests } from '../settings/operator-requests.ts'
import type { ServerOptions } from '../views/operate-views.ts'
import { dateOf, tableOf } from './admin-table.ts'

type Found = z.output<typeof administeredUserPage>['items'][number]
type Overview = z.output<typeof userOverview>

export interface FindOptions extends ServerOptions {
  readonly login?: string
  readonly limit: number
}

export interface ActOptions extends ServerOptions {
  readonly reason?: string
  /** Seconds. */
  readonly for?: number
}

const standing = ({ status, deactivation }: Found): string => {
  if (deactivation === null) return status
  const { by, until, reason } = deactivation
  const end = until === null ? '' : ` until ${dateOf(until)}`
  return `${status} by ${by === 'user' ? 'its user' : 'an admin'}${end}${reason === null ? '' : ` (${reason})`}`
}

const readUsers = async (beginning: string | undefined, options: FindOptions, env: Environment) => {
  const ask = createOperatorRequests(options.server, env)
  const wanted = options.login === undefined ? { prefix: beginning ?? '' } : { login: options.login }
  const progress = createProgress(options, process.stderr, Date.now)
  const report = progress.stage('users', options.limit)
  const found: Found[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(limits.page.maximum, options.limit - found.length)
    const page = await ask(administeredUserPage, '/admin/users/search', { ...wanted, limit, ...(cursor && { cursor }) })
    found.push(...page.items)
    report(found.length)
    cursor = page.cursor
  } while (cursor !== undefined && found.length < options.limit)
  progress.end()
  return found
}

/** Runs `backscroll admin find`. Exit code 1: no user was found. */
export const findUsers = async (
  beginning: string | undefined,
  options: FindOptions,
  env: Environment,
): Promise<void> => {
  const items = await readUsers(beginning, options, env)
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
  const user = await createOperatorRequests(options.server, env)(userOverview, pathOf(userId))
  print(options, user, overviewText(user))
}

const why = ({ reason }: ActOptions, more: Readonly<Record<string, string>> = {}): string => {
  const query = new URLSearchParams({ ...(reason === undefined ? {} : { reason }), ...more }).toString()
  return query === '' ? '' : `?${query}`
}

/** Runs `backscroll admin deactivate`. */
export const deactivateUser = async (userId: string, options: ActOptions, env: Environment): Promise<void> => {
  const until = options.for === undefined ? {} : { until: String(Date.now() + options.for * 1_000) }
  const path = `${pathOf(userId)}/deactivation${why(options, until)}`
  await createOperatorRequests(options.server, env)(done, path, {})
  await showUser(userId, options, env)
}

/** Runs `backscroll admin reactivate`. */
export const reactivateUser = async (userId: string, options: ActOptions, env: Environment): Promise<void> => {
  const path = `${pathOf(userId)}/deactivation${why(options)}`
  await createOperatorRequests(options.server, env)(done, path, undefined, 'DELETE')
  await showUser(userId, options, env)
}

/** Runs `backscroll admin revoke-device`. */
export const revokeDevice = async (
  userId: string,
  deviceId: string,
  options: ActOptions,
  env: Environment,
): Promise<void> => {
  const path = `${pathOf(userId)}/devices/${encodeURIComponent(deviceId)}${why(options)}`
  await createOperatorRequests(options.server, env)(done, path, undefined, 'DELETE')
  await showUser(userId, options, env)
}
