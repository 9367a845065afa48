import { ConfigError, type Environment, problemsOf, withoutEmpty } from './config-problems.ts'
import { type Role, type Settings, settings } from './config-settings.ts'

/** How this program signs in to Kafka. */
export interface KafkaAccess {
  /** Undefined: no TLS. `caFile`: the authorities for the brokers, if the machine's own do not suffice. */
  readonly tls: { readonly caFile: string | undefined } | undefined
  /** Undefined: it asks for no password. */
  readonly user:
    | { readonly mechanism: Settings['BACKSCROLL_KAFKA_SASL']; readonly name: string; readonly password: string }
    | undefined
}

const kafkaOf = (value: Settings): KafkaAccess => {
  const { BACKSCROLL_KAFKA_USER: name, BACKSCROLL_KAFKA_PASSWORD: password } = value
  return {
    tls: value.BACKSCROLL_KAFKA_TLS === 'on' ? { caFile: value.BACKSCROLL_KAFKA_TLS_CA_FILE } : undefined,
    user:
      name === undefined || password === undefined
        ? undefined
        : { mechanism: value.BACKSCROLL_KAFKA_SASL, name, password },
  }
}

/** Where the engines of a cluster are, with credentials: never logged. */
export interface Engines {
  /** One for each event log, in the order of the logs. */
  readonly kurrentdb: readonly string[]
  readonly brokers: readonly string[]
  readonly replicationFactor: number
  readonly kafka: KafkaAccess
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
  kafka: kafkaOf(value),
  mongodb: value.BACKSCROLL_MONGODB_URL ?? '',
  redis: value.BACKSCROLL_REDIS_URL ?? '',
  postgres: value.BACKSCROLL_POSTGRES_URL ?? '',
  s3: value.BACKSCROLL_S3_URL ?? '',
})

const webhookOf = ({ BACKSCROLL_ACCOUNT_WEBHOOK_URL: url, BACKSCROLL_ACCOUNT_WEBHOOK_SECRET: secret }: Settings) =>
  url === undefined || secret === undefined ? undefined : { url, secret }

const pushWebhookOf = ({ BACKSCROLL_PUSH_WEBHOOK_URL: url, BACKSCROLL_PUSH_WEBHOOK_SECRET: secret }: Settings) =>
  url === undefined || secret === undefined ? undefined : { url, secret }

const structured = (value: Settings) => ({
  /** Undefined in the embedded profile. */
  cluster:
    value.BACKSCROLL_PROFILE === 'cluster'
      ? {
          roles: new Set<Role>(value.BACKSCROLL_ROLES),
          /** Begins the names of everything that the cluster stores in shared engines. */
          name: value.BACKSCROLL_CLUSTER,
          partitions: value.BACKSCROLL_PARTITIONS,
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
    handshakesPerMinute: value.BACKSCROLL_HANDSHAKES_PER_MINUTE,
  },
  storing: {
    bytesPerHour: value.BACKSCROLL_STORED_BYTES_PER_HOUR,
    diskReserveBytes: value.BACKSCROLL_DISK_RESERVE_BYTES,
  },
  media: {
    maxBytes: value.BACKSCROLL_MEDIA_MAX_BYTES,
    bytesOfUser: value.BACKSCROLL_MEDIA_BYTES_PER_USER,
    bytesPerDay: value.BACKSCROLL_MEDIA_BYTES_PER_DAY,
    uploadsOfUser: value.BACKSCROLL_MEDIA_UPLOADS_PER_USER,
    transfersOfUser: value.BACKSCROLL_MEDIA_TRANSFERS_PER_USER,
    transfers: value.BACKSCROLL_MEDIA_TRANSFERS,
    /** Where clients reach the bucket themselves. Undefined: files come through this server. */
    redirectUrl: value.BACKSCROLL_MEDIA_REDIRECT_URL,
    redirectSeconds: value.BACKSCROLL_MEDIA_REDIRECT_SECONDS,
  },
  reading: {
    maxUserBytes: value.BACKSCROLL_MAX_USER_UNREAD_BYTES,
    maxBytes: value.BACKSCROLL_MAX_UNREAD_BYTES,
    atOnce: value.BACKSCROLL_READS_AT_ONCE,
  },
  overload: {
    livePathMs: value.BACKSCROLL_MAX_LIVE_AGE_MS,
    eventLoopMs: value.BACKSCROLL_MAX_LOOP_DELAY_MS,
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
  /** Trusted besides our own issuer. */
  issuersFile: value.BACKSCROLL_ISSUERS_FILE,
  oauth: {
    enabled: value.BACKSCROLL_OAUTH === 'on',
    clientsFile: value.BACKSCROLL_OAUTH_CLIENTS_FILE,
    /** Undefined: the address that it listens on. */
    publicUrl: value.BACKSCROLL_PUBLIC_URL,
    accessTokenTtl: value.BACKSCROLL_ACCESS_TOKEN_SECONDS,
    refreshTokenTtl: value.BACKSCROLL_REFRESH_TOKEN_DAYS * 86_400,
    /** The domain of passkeys; undefined: the host of the public URL. */
    passkeyDomain: value.BACKSCROLL_PASSKEY_DOMAIN,
    /** Where letters to people go; undefined: nowhere. */
    webhook: webhookOf(value),
    refreshGraceMs: value.BACKSCROLL_REFRESH_GRACE_SECONDS * 1000,
  },
  accounts: {
    registration: value.BACKSCROLL_REGISTRATION === 'open',
    registrationsPerHour: value.BACKSCROLL_REGISTRATIONS_PER_HOUR,
    findableByLogin: value.BACKSCROLL_FINDABLE_BY_LOGIN === 'on',
    signInsPerMinute: value.BACKSCROLL_SIGN_INS_PER_MINUTE,
    maxDevices: value.BACKSCROLL_MAX_DEVICES,
    claimBurst: value.BACKSCROLL_CLAIM_BURST,
    claimEveryMs: value.BACKSCROLL_CLAIM_EVERY_MS,
    recoveryBurst: value.BACKSCROLL_RECOVERY_BURST,
    reportDays: value.BACKSCROLL_REPORT_DAYS,
  },
  consent: {
    conversationsPerHour: value.BACKSCROLL_CONVERSATIONS_PER_HOUR,
    additionsPerHour: value.BACKSCROLL_ADDITIONS_PER_HOUR,
    addedPerHour: value.BACKSCROLL_ADDED_PER_HOUR,
    maxMemberships: value.BACKSCROLL_MAX_MEMBERSHIPS,
    direct: value.BACKSCROLL_DIRECT_FROM,
    groups: value.BACKSCROLL_GROUPS_FROM,
    maxRequests: value.BACKSCROLL_MAX_REQUESTS,
    maxRequestsOfOne: value.BACKSCROLL_MAX_REQUESTS_OF_ONE,
    requestsPerHour: value.BACKSCROLL_REQUESTS_PER_HOUR,
    lookupsPerHour: value.BACKSCROLL_LOOKUPS_PER_HOUR,
  },
  marks: {
    maxPins: value.BACKSCROLL_MAX_PINS,
    maxStars: value.BACKSCROLL_MAX_STARS,
    changesPerHour: value.BACKSCROLL_MARKS_PER_HOUR,
  },
  presence: {
    maxWatched: value.BACKSCROLL_MAX_WATCHED,
    watchedPerMinute: value.BACKSCROLL_WATCHED_PER_MINUTE,
    ttlMs: value.BACKSCROLL_PRESENCE_TTL_MS,
  },
  push: {
    /** The operator's contact for push services. Undefined: no Web Push. */
    contact: value.BACKSCROLL_PUSH_CONTACT,
    endpoints: value.BACKSCROLL_PUSH_ENDPOINTS,
    /** The file with a service account's key. Undefined: no Firebase. */
    fcmFile: value.BACKSCROLL_FCM_CREDENTIALS_FILE,
    /** The operator's own service. Undefined: none. */
    webhook: pushWebhookOf(value),
    graceMs: value.BACKSCROLL_PUSH_GRACE_MS,
    quietMs: value.BACKSCROLL_PUSH_QUIET_MS,
  },
  readyMaxLag: value.BACKSCROLL_READY_MAX_LAG,
  readyMaxAgeMs: value.BACKSCROLL_READY_MAX_AGE_MS,
  shutdownGraceMs: value.BACKSCROLL_SHUTDOWN_GRACE_MS,
})

export type Config = ReturnType<typeof structured>

/** Reads the settings from `env`. Throws `ConfigError` with every unknown BACKSCROLL_ name and every bad value. */
export const loadConfig = (env: Environment): Config => {
  const parsed = settings.safeParse(withoutEmpty(env))
  const problems = problemsOf(env, parsed.error)
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  return structured(parsed.data)
}
