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
  BACKSCROLL_KAFKA_TLS: choice(['on', 'off']).default('off'),
  BACKSCROLL_KAFKA_TLS_CA_FILE: text.optional(),
  BACKSCROLL_KAFKA_SASL: choice(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512'),
  BACKSCROLL_KAFKA_USER: text.optional(),
  BACKSCROLL_KAFKA_PASSWORD: text.optional(),
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
  BACKSCROLL_MAX_LIVE_AGE_MS: integer(500, 600_000).default(1000),
  BACKSCROLL_MAX_LOOP_DELAY_MS: integer(100, 600_000).default(500),
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
  BACKSCROLL_CONVERSATIONS_PER_HOUR: integer(1, 10_000_000).default(200),
  BACKSCROLL_ADDITIONS_PER_HOUR: integer(1_024, 100_000_000).default(5_000),
  BACKSCROLL_ADDED_PER_HOUR: integer(1, 10_000_000).default(200),
  BACKSCROLL_MAX_MEMBERSHIPS: integer(1, 100_000).default(10_000),
  BACKSCROLL_DIRECT_FROM: choice(['everyone', 'known', 'nobody']).default('everyone'),
  BACKSCROLL_GROUPS_FROM: choice(['everyone', 'known', 'nobody']).default('known'),
  BACKSCROLL_MAX_REQUESTS: integer(1, 1_000).default(200),
  BACKSCROLL_MAX_REQUESTS_OF_ONE: integer(1, 1_000).default(25),
  BACKSCROLL_REQUESTS_PER_HOUR: integer(1, 10_000).default(60),
  BACKSCROLL_CLAIM_BURST: integer(1, 1_000_000).default(6),
  BACKSCROLL_CLAIM_EVERY_MS: integer(1, 86_400_000).default(600_000),
  BACKSCROLL_RECOVERY_BURST: integer(1, 1_000_000).default(5),
  BACKSCROLL_DOCS: choice(['on', 'off']).default('on'),
  BACKSCROLL_METRICS: choice(['open', 'admin', 'off']).default('open'),
  BACKSCROLL_READY_MAX_LAG: integer(1, 1_000_000_000).default(50_000),
  BACKSCROLL_READY_MAX_AGE_MS: integer(1_000, 86_400_000).default(120_000),
  BACKSCROLL_SHUTDOWN_GRACE_MS: integer(0, 600_000).default(10_000),
})

export type Settings = z.output<typeof settings>
