import type { z } from 'zod'
import { settings } from './config-settings.ts'
import { nearestName } from './nearest-name.ts'

const known: ReadonlySet<string> = new Set(Object.keys(settings.shape))

/** All that is wrong, at once; names only, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

const prefix = 'BACKSCROLL_'

const meant = (name: string): string => {
  const nearest = nearestName(name, known, prefix)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}

const unknownNames = (env: Environment): string[] =>
  Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !known.has(name))
    .map((name) => `${name}: there is no such setting${meant(name)}`)

/** One line a setting, whichever of several values in it is bad. */
const badValues = (error: z.ZodError | undefined): string[] => [
  ...new Set((error?.issues ?? []).map(({ path: [name], message }) => `${String(name)}: ${message}`)),
]

const bothKeySets = (env: Environment): string[] =>
  env.BACKSCROLL_JWKS_FILE && env.BACKSCROLL_JWKS_URL
    ? ['BACKSCROLL_JWKS_FILE, BACKSCROLL_JWKS_URL: only one of them can be set']
    : []

const halfWebhooks = (env: Environment): string[] =>
  ['BACKSCROLL_ACCOUNT_WEBHOOK', 'BACKSCROLL_PUSH_WEBHOOK'].flatMap((name) =>
    Boolean(env[`${name}_URL`]) === Boolean(env[`${name}_SECRET`])
      ? []
      : [`${name}_URL, ${name}_SECRET: each needs the other`],
  )

const halfKafkaAccess = (env: Environment): string[] => [
  ...(Boolean(env.BACKSCROLL_KAFKA_USER) === Boolean(env.BACKSCROLL_KAFKA_PASSWORD)
    ? []
    : ['BACKSCROLL_KAFKA_USER, BACKSCROLL_KAFKA_PASSWORD: each needs the other']),
  ...(env.BACKSCROLL_KAFKA_TLS_CA_FILE && env.BACKSCROLL_KAFKA_TLS !== 'on'
    ? ['BACKSCROLL_KAFKA_TLS_CA_FILE: it needs BACKSCROLL_KAFKA_TLS=on']
    : []),
  ...(env.BACKSCROLL_KAFKA_USER && env.BACKSCROLL_KAFKA_SASL === 'plain' && env.BACKSCROLL_KAFKA_TLS !== 'on'
    ? ['BACKSCROLL_KAFKA_SASL: plain sends the password as it is: it needs BACKSCROLL_KAFKA_TLS=on']
    : []),
]

/** An empty variable counts as not set, as `docker compose` and shells write it. */
export const withoutEmpty = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => known.has(name) && value !== ''))

const engineNames = ['KURRENTDB_URL', 'KAFKA_BROKERS', 'MONGODB_URL', 'REDIS_URL', 'POSTGRES_URL', 'S3_URL'] as const

const missingEngines = (env: Environment): string[] =>
  env.BACKSCROLL_PROFILE === 'cluster'
    ? engineNames
        .map((name) => `BACKSCROLL_${name}`)
        .filter((name) => !env[name])
        .map((name) => `${name}: the cluster profile needs it`)
    : []

/** All that is wrong with these settings; `error`: the problems of single values. */
export const problemsOf = (env: Environment, error: z.ZodError | undefined): readonly string[] => [
  ...unknownNames(env),
  ...badValues(error),
  ...bothKeySets(env),
  ...halfWebhooks(env),
  ...halfKafkaAccess(env),
  ...missingEngines(env),
]
