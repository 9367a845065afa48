import { deviceId, userId } from '@backscroll/protocol/ids'
import { limits } from '@backscroll/protocol/limits'
import { z } from 'zod'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientOptions } from './client-api.ts'

const isCallable = (value: unknown): boolean => typeof value === 'function'
const callable = z.custom(isCallable, 'must be a function')

/** Its methods may be those of a class. */
const withMethods = (what: string, names: readonly string[]) =>
  z.custom(
    (value) =>
      typeof value === 'object' && value !== null && names.every((name) => isCallable(Reflect.get(value, name))),
    `must be ${what}, with ${names.join(', ')}`,
  )

const isServerUrl = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)

const isStoreKey = (value: unknown): boolean =>
  typeof CryptoKey === 'function' &&
  value instanceof CryptoKey &&
  value.algorithm.name === 'HKDF' &&
  value.usages.includes('deriveKey')

const checks = {
  url: z
    .string('must be a text')
    .refine(isServerUrl, 'must be the address of a server, such as https://chat.example.org'),
  token: z.union([callable, withMethods('tokens', ['token'])], 'must be a function, or tokens'),
  userId,
  deviceId,
  store: withMethods('a store', ['load', 'write', 'close']),
  storeKey: z.custom(isStoreKey, 'must be a key of importStoreKey or openBrowserStoreKey').optional(),
  confirmDelivery: z.boolean('must be true or false').optional(),
  transferHistory: z.boolean('must be true or false').optional(),
  platform: z.string('must be a text').max(limits.clientText).optional(),
  clock: withMethods('a clock', ['now', 'after']).optional(),
  random: callable.optional(),
  newId: callable.optional(),
  webSocket: callable.optional(),
  fetch: callable.optional(),
} satisfies Record<keyof ClientOptions, z.ZodType>

const invalid = (field: string, reason: string): BackscrollError =>
  new BackscrollError('invalid', { message: `The option ${field}: ${reason}`, details: { field, reason } })

/** Throws `invalid` for the first bad option. Values, which may be secret, are not repeated. */
export const checkOptions = (given: ClientOptions): void => {
  if (typeof given !== 'object' || given === null) throw invalid('options', 'must be an object')
  for (const [field, check] of Object.entries(checks)) {
    const issue = check.safeParse(Reflect.get(given, field)).error?.issues[0]
    if (issue !== undefined) throw invalid(field, issue.message)
  }
}
