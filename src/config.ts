import { z } from 'zod'
import {
  addresses,
  brokers,
  choice,
  connection,
  connections,
  domain,
  httpUrl,
  integer,
  origins,
  publicUrl,
  text,
} from './config-values.ts'
import { maxLogs } from './ports/positions.ts'

const roleNames = ['api', 'gateway', 'relay', 'projector', 'worker', 'notifier'] as const
export type Role = (typeof roleNames)[number]

const roles = z
  .string()
  .transform((value) => [...new Set(value.split(',').filter((part) => part !== ''))])
  .refine(
    (list): list is Role[] => list.length > 0 && list.every((name) => roleNames.some((role) => role === name)),
    `must be roles separated by commas, out of ${roleNames.join(', ')}`,
  )

/** Every setting: its variable, its default, its form. docs/configuration.md says what each one does. */
export const settings = z.object({
  BACKSCROLL_PROFILE: choice(['embedded', 'cluster']).default('embedded'),
  BACKSCROLL_ROLES: roles.default([...roleNames]),
  BACKSCROLL_CLUSTER: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 lower-case letters, digits and hyphens')
    .default('backscroll'),
  BACKSCROLL_PARTITIONS: integer(1, 1024).default(12),
  BACKSCROLL_PUSH_GRACE_MS: integer(0, 600_000).default(5_000),
  BACKSCROLL_TRACE_EVERY: integer(0, 1_000_000_000).default(0),
  BACKSCROLL_KURRENTDB_URL: connections(maxLogs, 'esdb:', 'esdb+discover:').optional(),
  BACKSCROLL_KAFKA_BROKERS: brokers.optional(),
  BACKSCROLL_KAFKA_REPLICATION_FACTOR: integer(1, 9).default(1),
  BACKSCROLL_MONGODB_URL: connection('mongodb:', 'mongodb+srv:').optional(),
  BACKSCROLL_REDIS_URL: connection('redis:', 'rediss:').optional(),
  BACKSCROLL_POSTGRES_URL: connection('postgres:', 'postgresql:').optional(),
  BACKSCROLL_S3_URL: connection('http:', 'https:').optional(),
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
  BACKSCROLL_SOCKETS_PER_USER: integer(1, 1_000_000).default(128),
  BACKSCROLL_SOCKETS_PER_ADDRESS: integer(1, 10_000_000).default(16_384),
  BACKSCROLL_MAX_USER_UNREAD_BYTES: integer(1_048_576, 17_179_869_184).default(16_777_216),
  BACKSCROLL_MAX_UNREAD_BYTES: integer(16_777_216, 274_877_906_944).default(268_435_456),
  BACKSCROLL_STORED_BYTES_PER_HOUR: integer(1_048_576, 1_099_511_627_776).default(1_073_741_824),
  BACKSCROLL_DISK_RESERVE_BYTES: integer(0, 1_099_511_627_776).default(268_435_456),
  BACKSCROLL_READS_AT_ONCE: integer(1, 1_000).default(16),
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
  BACKSCROLL_REFRESH_GRACE_SECONDS: integer(0, 600).default(60),
  BACKSCROLL_PASSKEY_DOMAIN: domain.optional(),
  BACKSCROLL_ACCOUNT_WEBHOOK_URL: httpUrl.optional(),
  BACKSCROLL_ACCOUNT_WEBHOOK_SECRET: text.min(16, 'must be 16 characters or more').optional(),
  BACKSCROLL_REGISTRATION: choice(['open', 'closed']).default('open'),
  BACKSCROLL_REGISTRATIONS_PER_HOUR: integer(1, 1_000_000).default(100),
  BACKSCROLL_SIGN_INS_PER_MINUTE: integer(1, 1_000_000).default(10),
  BACKSCROLL_MAX_DEVICES: integer(1, 100).default(10),
  BACKSCROLL_CLAIM_BURST: integer(1, 1_000_000).default(6),
  BACKSCROLL_CLAIM_EVERY_MS: integer(1, 86_400_000).default(600_000),
  BACKSCROLL_RECOVERY_BURST: integer(1, 1_000_000).default(5),
  BACKSCROLL_DOCS: choice(['on', 'off']).default('on'),
  BACKSCROLL_METRICS: choice(['open', 'admin', 'off']).default('open'),
  BACKSCROLL_READY_MAX_LAG: integer(1, 1_000_000_000).default(50_000),
  BACKSCROLL_READY_MAX_AGE_MS: integer(1_000, 86_400_000).default(120_000),
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

const halfWebhook = (env: Environment): string[] =>
  Boolean(env.BACKSCROLL_ACCOUNT_WEBHOOK_URL) === Boolean(env.BACKSCROLL_ACCOUNT_WEBHOOK_SECRET)
    ? []
    : ['BACKSCROLL_ACCOUNT_WEBHOOK_URL, BACKSCROLL_ACCOUNT_WEBHOOK_SECRET: each needs the other']

/** An empty variable counts as not set, as `docker compose` and shells write it. */
const withoutEmpty = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name, value]) => known.has(name) && value !== ''))

const engineNames = ['KURRENTDB_URL', 'KAFKA_BROKERS', 'MONGODB_URL', 'REDIS_URL', 'POSTGRES_URL', 'S3_URL'] as const

const missingEngines = (env: Environment): string[] =>
  env.BACKSCROLL_PROFILE === 'cluster'
    ? engineNames
        .map((name) => `BACKSCROLL_${name}`)
        .filter((name) => !env[name])
        .map((name) => `${name}: the cluster profile needs it`)
    : []

/** Where the engines of a cluster are, with credentials: never logged. */
export interface Engines {
  /** One for each event log, in the order of the logs. */
  readonly kurrentdb: readonly string[]
  readonly brokers: readonly string[]
  readonly replicationFactor: number
  readonly mongodb: string
  readonly redis: string
  readonly postgres: string
  /** `https://key:secret@host:port/bucket`. */
  readonly s3: string
}

const enginesOf = (value: Settings): Engines => ({
  kurrentdb: value.BACKSCROLL_KURRENTDB_URL ?? [],
  brokers: value.BACKSCROLL_KAFKA_BROKERS ?? [],
  replicationFactor: value.BACKSCROLL_KAFKA_REPLICATION_FACTOR,
  mongodb: value.BACKSCROLL_MONGODB_URL ?? '',
  redis: value.BACKSCROLL_REDIS_URL ?? '',
  postgres: value.BACKSCROLL_POSTGRES_URL ?? '',
  s3: value.BACKSCROLL_S3_URL ?? '',
})

const webhookOf = ({ BACKSCROLL_ACCOUNT_WEBHOOK_URL: url, BACKSCROLL_ACCOUNT_WEBHOOK_SECRET: secret }: Settings) =>
  url === undefined || secret === undefined ? undefined : { url, secret }

const structured = (value: Settings) => ({
  /** Undefined in the embedded profile. */
  cluster:
    value.BACKSCROLL_PROFILE === 'cluster'
      ? {
          roles: new Set<Role>(value.BACKSCROLL_ROLES),
          /** Begins the names of everything that the cluster keeps in shared engines. */
          name: value.BACKSCROLL_CLUSTER,
          partitions: value.BACKSCROLL_PARTITIONS,
          pushGraceMs: value.BACKSCROLL_PUSH_GRACE_MS,
          traceEvery: value.BACKSCROLL_TRACE_EVERY,
          engines: enginesOf(value),
        }
      : undefined,
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
    socketsOfUser: value.BACKSCROLL_SOCKETS_PER_USER,
    socketsOfAddress: value.BACKSCROLL_SOCKETS_PER_ADDRESS,
  },
  storing: {
    bytesPerHour: value.BACKSCROLL_STORED_BYTES_PER_HOUR,
    diskReserveBytes: value.BACKSCROLL_DISK_RESERVE_BYTES,
  },
  reading: {
    maxUserBytes: value.BACKSCROLL_MAX_USER_UNREAD_BYTES,
    maxBytes: value.BACKSCROLL_MAX_UNREAD_BYTES,
    atOnce: value.BACKSCROLL_READS_AT_ONCE,
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
    /** Of passkeys; undefined: the host of the public URL. */
    passkeyDomain: value.BACKSCROLL_PASSKEY_DOMAIN,
    /** Where letters to people go; undefined: nowhere. */
    webhook: webhookOf(value),
    refreshGraceMs: value.BACKSCROLL_REFRESH_GRACE_SECONDS * 1000,
  },
  accounts: {
    registration: value.BACKSCROLL_REGISTRATION === 'open',
    registrationsPerHour: value.BACKSCROLL_REGISTRATIONS_PER_HOUR,
    signInsPerMinute: value.BACKSCROLL_SIGN_INS_PER_MINUTE,
    maxDevices: value.BACKSCROLL_MAX_DEVICES,
    claimBurst: value.BACKSCROLL_CLAIM_BURST,
    claimEveryMs: value.BACKSCROLL_CLAIM_EVERY_MS,
    recoveryBurst: value.BACKSCROLL_RECOVERY_BURST,
  },
  readyMaxLag: value.BACKSCROLL_READY_MAX_LAG,
  readyMaxAgeMs: value.BACKSCROLL_READY_MAX_AGE_MS,
  shutdownGraceMs: value.BACKSCROLL_SHUTDOWN_GRACE_MS,
})

export type Config = ReturnType<typeof structured>

/** Reads the settings out of `env`. Throws `ConfigError` with every unknown BACKSCROLL_ name and every bad value. */
export const loadConfig = (env: Environment): Config => {
  const parsed = settings.safeParse(withoutEmpty(env))
  const problems = [
    ...unknownNames(env),
    ...(parsed.success ? [] : badValues(parsed.error)),
    ...bothKeySets(env),
    ...halfWebhook(env),
    ...missingEngines(env),
  ]
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return structured(parsed.data)
}
