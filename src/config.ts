import { isIP } from 'node:net'
import { z } from 'zod'

/** Numbers come as text; anything but plain decimal digits is refused. */
const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${minimum} to ${maximum}`)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be a whole number from ${minimum} to ${maximum}`)

const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`)

const text = z.string().min(1, 'must not be empty').max(1024)

const isHttpUrl = (value: string) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
const httpUrl = z.string().refine(isHttpUrl, 'must be an http or https URL')

const isOrigin = (value: string) => isHttpUrl(value) && new URL(value).origin === value
const origins = z
  .string()
  .transform((value) => value.split(',').filter((part) => part !== ''))
  .refine((list) => list.every(isOrigin), 'must be origins such as https://chat.example.org, separated by commas')

const isPublicUrl = (value: string) => {
  if (!isHttpUrl(value)) return false
  const { origin, pathname, href } = new URL(value)
  return href === `${origin}${pathname}` && !value.endsWith('/') && (value === origin || value === href)
}
const publicUrl = z
  .string()
  .refine(isPublicUrl, 'must be an http or https URL without a slash at its end, such as https://chat.example.org')

const isAddress = (value: string) => {
  const [address = '', bits = '0', ...rest] = value.split('/')
  const widest = isIP(address) === 4 ? 32 : 128
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= widest
}
const addresses = z
  .string()
  .transform((value) => value.split(',').filter((part) => part !== ''))
  .refine((list) => list.every(isAddress), 'must be addresses such as 10.0.0.1 or 10.0.0.0/8, separated by commas')

/** Every setting: its variable, its default, its form. docs/configuration.md says what each one does. */
export const settings = z.object({
  BACKSCROLL_HOST: text.default('127.0.0.1'),
  BACKSCROLL_PORT: integer(0, 65535).default(8080),
  BACKSCROLL_DATA: text.default('./data'),
  BACKSCROLL_LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  BACKSCROLL_HEARTBEAT_MS: integer(100, 600_000).default(25_000),
  BACKSCROLL_MAX_FRAME_BYTES: integer(70_000, 16_777_216).default(131_072),
  BACKSCROLL_MAX_IN_FLIGHT: integer(1, 10_000).default(128),
  BACKSCROLL_FRAMES_PER_SECOND: integer(1, 100_000).default(200),
  BACKSCROLL_FRAME_BURST: integer(1, 1_000_000).default(1000),
  BACKSCROLL_MAX_OUTBOX_BYTES: integer(65_536, 1_073_741_824).default(4_194_304),
  BACKSCROLL_RECEIPT_WINDOW_MS: integer(0, 10_000).default(1000),
  BACKSCROLL_MAX_BODY_BYTES: integer(70_000, 16_777_216).default(262_144),
  BACKSCROLL_REQUESTS_PER_MINUTE: integer(1, 10_000_000).default(3000),
  BACKSCROLL_AT_LEAST_TIMEOUT_MS: integer(0, 60_000).default(2000),
  BACKSCROLL_CORS_ORIGINS: origins.default([]),
  BACKSCROLL_TOKEN_ISSUER: text.default('backscroll'),
  BACKSCROLL_TOKEN_AUDIENCE: text.default('backscroll'),
  BACKSCROLL_JWKS_FILE: text.optional(),
  BACKSCROLL_JWKS_URL: httpUrl.optional(),
  BACKSCROLL_CLOCK_TOLERANCE_SECONDS: integer(0, 300).default(5),
  BACKSCROLL_ISSUERS_FILE: text.optional(),
  BACKSCROLL_OAUTH: choice(['on', 'off']).default('on'),
  BACKSCROLL_OAUTH_CLIENTS_FILE: text.optional(),
  BACKSCROLL_PUBLIC_URL: publicUrl.optional(),
  BACKSCROLL_TRUSTED_PROXIES: addresses.default([]),
  BACKSCROLL_ACCESS_TOKEN_SECONDS: integer(60, 86_400).default(900),
  BACKSCROLL_REFRESH_TOKEN_DAYS: integer(1, 365).default(90),
  BACKSCROLL_REGISTRATION: choice(['open', 'closed']).default('open'),
  BACKSCROLL_REGISTRATIONS_PER_HOUR: integer(1, 1_000_000).default(20),
  BACKSCROLL_SIGN_INS_PER_MINUTE: integer(1, 1_000_000).default(10),
  BACKSCROLL_MAX_DEVICES: integer(1, 100).default(10),
  BACKSCROLL_CLAIM_BURST: integer(1, 1_000_000).default(6),
  BACKSCROLL_CLAIM_EVERY_MS: integer(1, 86_400_000).default(600_000),
  BACKSCROLL_DOCS: choice(['on', 'off']).default('on'),
  BACKSCROLL_METRICS: choice(['open', 'admin', 'off']).default('open'),
  BACKSCROLL_READY_MAX_LAG: integer(1, 1_000_000_000).default(50_000),
  BACKSCROLL_SHUTDOWN_GRACE_MS: integer(0, 600_000).default(10_000),
})

type Settings = z.output<typeof settings>

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

type Environment = Readonly<Record<string, string | undefined>>

const unknownNames = (env: Environment): string[] =>
  Object.keys(env)
    .filter((name) => name.startsWith('BACKSCROLL_') && !known.has(name))
    .map((name) => `${name}: there is no such setting`)

const badValues = (error: z.ZodError): string[] =>
  error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)

const bothKeySets = (env: Environment): string[] =>
  env.BACKSCROLL_JWKS_FILE && env.BACKSCROLL_JWKS_URL
    ? ['BACKSCROLL_JWKS_FILE, BACKSCROLL_JWKS_URL: only one of them can be set']
    : []

/** An empty variable counts as not set, as `docker compose` and shells write it. */
const withoutEmpty = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => known.has(name) && value !== ''))

const structured = (value: Settings) => ({
  host: value.BACKSCROLL_HOST,
  port: value.BACKSCROLL_PORT,
  dataDirectory: value.BACKSCROLL_DATA,
  logLevel: value.BACKSCROLL_LOG_LEVEL,
  gateway: {
    heartbeatMs: value.BACKSCROLL_HEARTBEAT_MS,
    maxFrameBytes: value.BACKSCROLL_MAX_FRAME_BYTES,
    maxInFlight: value.BACKSCROLL_MAX_IN_FLIGHT,
    framesPerSecond: value.BACKSCROLL_FRAMES_PER_SECOND,
    frameBurst: value.BACKSCROLL_FRAME_BURST,
    maxOutboxBytes: value.BACKSCROLL_MAX_OUTBOX_BYTES,
  },
  receiptWindowMs: value.BACKSCROLL_RECEIPT_WINDOW_MS,
  api: {
    maxBodyBytes: value.BACKSCROLL_MAX_BODY_BYTES,
    requestsPerMinute: value.BACKSCROLL_REQUESTS_PER_MINUTE,
    atLeastTimeoutMs: value.BACKSCROLL_AT_LEAST_TIMEOUT_MS,
    corsOrigins: value.BACKSCROLL_CORS_ORIGINS,
    trustedProxies: value.BACKSCROLL_TRUSTED_PROXIES,
    docs: value.BACKSCROLL_DOCS === 'on',
    metrics: value.BACKSCROLL_METRICS,
  },
  tokens: {
    issuer: value.BACKSCROLL_TOKEN_ISSUER,
    audience: value.BACKSCROLL_TOKEN_AUDIENCE,
    /** Neither: the server's own key in the data directory. */
    jwksFile: value.BACKSCROLL_JWKS_FILE,
    jwksUrl: value.BACKSCROLL_JWKS_URL,
    clockToleranceSeconds: value.BACKSCROLL_CLOCK_TOLERANCE_SECONDS,
  },
  /** Trusted beside the own issuer. */
  issuersFile: value.BACKSCROLL_ISSUERS_FILE,
  oauth: {
    enabled: value.BACKSCROLL_OAUTH === 'on',
    clientsFile: value.BACKSCROLL_OAUTH_CLIENTS_FILE,
    /** Undefined: the address that it listens on. */
    publicUrl: value.BACKSCROLL_PUBLIC_URL,
    accessTokenTtl: value.BACKSCROLL_ACCESS_TOKEN_SECONDS,
    refreshTokenTtl: value.BACKSCROLL_REFRESH_TOKEN_DAYS * 86_400,
  },
  accounts: {
    registration: value.BACKSCROLL_REGISTRATION === 'open',
    registrationsPerHour: value.BACKSCROLL_REGISTRATIONS_PER_HOUR,
    signInsPerMinute: value.BACKSCROLL_SIGN_INS_PER_MINUTE,
    maxDevices: value.BACKSCROLL_MAX_DEVICES,
    claimBurst: value.BACKSCROLL_CLAIM_BURST,
    claimEveryMs: value.BACKSCROLL_CLAIM_EVERY_MS,
  },
  readyMaxLag: value.BACKSCROLL_READY_MAX_LAG,
  shutdownGraceMs: value.BACKSCROLL_SHUTDOWN_GRACE_MS,
})

export type Config = ReturnType<typeof structured>

/** Reads the settings out of `env`. Throws `ConfigError` with every unknown BACKSCROLL_ name and every bad value. */
export const loadConfig = (env: Environment): Config => {
  const parsed = settings.safeParse(withoutEmpty(env))
  const problems = [...unknownNames(env), ...(parsed.success ? [] : badValues(parsed.error)), ...bothKeySets(env)]
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return structured(parsed.data)
}
