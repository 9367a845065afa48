import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { userRoles } from './claims.ts'

const name = z.string().min(1).max(256)
const claim = z.union([name, z.array(name).min(1).max(8)])

const isLoopback = ({ hostname }: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
const isSafeUrl = (value: string) => {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}
const safeUrl = z.string().max(1024).refine(isSafeUrl, 'must be an https URL')

/** Algorithms that may sign tokens of external issuers. Most of them use RS256. */
export const externalAlgorithms = ['EdDSA', 'ES256', 'RS256'] as const

/** One trusted issuer, as BACKSCROLL_ISSUERS_FILE lists them. docs/guide/sign-in.md says what each field does. */
export const issuerSchema = z.strictObject({
  issuer: name.max(1024),
  audience: z.union([name, z.array(name).min(1).max(16)]),
  jwksUrl: safeUrl,
  algorithms: z.array(z.enum(externalAlgorithms)).min(1).default(['RS256']),
  userId: z
    .strictObject({
      claim: claim.default('sub'),
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._:@|~+-]{0,31}$/, 'must be at most 32 characters that a user id may have')
        .or(z.literal(''))
        .default(''),
    })
    .prefault({}),
  device: z
    .union([z.strictObject({ claim }), z.strictObject({ from: z.literal('request') })])
    .default({ from: 'request' }),
  roles: z.strictObject({ claim, names: z.record(name, z.enum(userRoles)).optional() }).optional(),
  scope: z.strictObject({ claim, required: z.array(name).min(1).max(16) }).optional(),
})

export type ExternalIssuer = z.output<typeof issuerSchema>

const overlap = (one: string, other: string) => one.startsWith(other) || other.startsWith(one)

/** Two issuers must never be able to name the same user. */
const prefixesApart = (issuers: readonly ExternalIssuer[]): boolean =>
  issuers.every(({ userId }, index) =>
    issuers.slice(index + 1).every((other) => !overlap(userId.prefix, other.userId.prefix)),
  )

export const issuersSchema = z
  .array(issuerSchema)
  .max(32)
  .refine((list) => new Set(list.map(({ issuer }) => issuer)).size === list.length, 'an issuer is listed twice')
  .refine(prefixesApart, 'several issuers need a userId.prefix each, none the beginning of another')

const problemsOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `  ${path.join('.') || '(list)'}: ${message}`).join('\n')

/** Reads the list of external issuers. Throws an `OperatorError` that names every mistake and no value. */
export const loadIssuers = async (file: string): Promise<readonly ExternalIssuer[]> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new OperatorError('BACKSCROLL_ISSUERS_FILE cannot be read', { cause: error })
  })
  const parsed = issuersSchema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new OperatorError(`BACKSCROLL_ISSUERS_FILE is wrong:\n${problemsOf(parsed.error)}`)
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new OperatorError('BACKSCROLL_ISSUERS_FILE is no JSON')
  }
}

/** Ids of local users are UUIDs: no other issuer's may begin like one. */
const couldBeLocal = (prefix: string): boolean => /^[0-9a-f-]*$/.test(prefix)

/**
 * The issuers of the file, which are trusted beside the own one. Where people also have accounts of this server, each
 * needs a prefix for its users: without it one of them could have the id of a local user. Rejects with an
 * `OperatorError` for what is wrong.
 */
export const loadTrustedIssuers = async (file: string, hasLocalUsers: boolean): Promise<readonly ExternalIssuer[]> => {
  const issuers = await loadIssuers(file)
  if (hasLocalUsers && issuers.some(({ userId }) => couldBeLocal(userId.prefix)))
    throw new OperatorError(
      'BACKSCROLL_ISSUERS_FILE: an issuer needs a userId.prefix with more than 0-9, a-f and -, unless BACKSCROLL_OAUTH is off and BACKSCROLL_REGISTRATION closed',
    )
  return issuers
}
