import { readFileSync } from 'node:fs'
import { Kafka, type KafkaConfig, logLevel, type RetryOptions, type SASLOptions } from 'kafkajs'
import { OperatorError } from '../../ports/errors/operator-error.ts'

/** What a pino logger has. */
export interface KafkaLogger {
  warn(details: object, message: string): void
}

export interface KafkaConnection {
  /** Each as `host:port`; any of them leads to the others. */
  readonly brokers: readonly string[]
  /** The name of this program at the brokers. Default `backscroll`. */
  readonly clientId?: string
  /** Undefined: no TLS. `caFile`: the certificates of the authorities for the brokers; undefined: the machine's own. */
  readonly tls?: { readonly caFile: string | undefined } | undefined
  /** Undefined: no password. */
  readonly user?: KafkaUser | undefined
  /** How to open a connection, where it has to go through a proxy. */
  readonly socketFactory?: NonNullable<KafkaConfig['socketFactory']>
  readonly logger: KafkaLogger
}

export interface KafkaUser {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  readonly name: string
  readonly password: string
}

const tlsOf = (tls: NonNullable<KafkaConnection['tls']>): NonNullable<KafkaConfig['ssl']> => {
  if (tls.caFile === undefined) return true
  try {
    return { ca: [readFileSync(tls.caFile, 'utf8')] }
  } catch (cause) {
    throw new OperatorError('BACKSCROLL_KAFKA_TLS_CA_FILE: the file cannot be read', { cause })
  }
}

const saslOf = ({ mechanism, name: username, password }: KafkaUser): SASLOptions => {
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password }
    case 'scram-sha-256':
      return { mechanism, username, password }
    case 'scram-sha-512':
      return { mechanism, username, password }
  }
}

const requestTimeoutMs = 10_000
const sameMessageEveryMs = 10_000
const messagesRemembered = 200

/** During an outage the client says the same several times a second. */
const warnOnce = (logger: KafkaLogger): ((details: object, message: string) => void) => {
  const saidAt = new Map<string, number>()
  return (details, message) => {
    const now = performance.now()
    if (now - (saidAt.get(message) ?? Number.NEGATIVE_INFINITY) < sameMessageEveryMs) return
    if (saidAt.size >= messagesRemembered) saidAt.clear()
    saidAt.set(message, now)
    logger.warn(details, message)
  }
}

/**
 * Makes clients that share nothing but the settings: one client stores the offsets of a group once for all its
 * consumers, which must not mix.
 */
export const createKafkaClients = (connection: KafkaConnection): ((retry: RetryOptions) => Kafka) => {
  const { brokers, clientId = 'backscroll', tls, user, socketFactory, logger } = connection
  const ssl = tls && tlsOf(tls)
  const sasl = user && saslOf(user)
  const warn = warnOnce(logger)
  return (retry) =>
    new Kafka({
      clientId,
      brokers: [...brokers],
      connectionTimeout: 3_000,
      authenticationTimeout: 5_000,
      requestTimeout: requestTimeoutMs,
      retry,
      logLevel: logLevel.WARN,
      logCreator:
        () =>
        ({ namespace, log: { message, timestamp: _, ...details } }) =>
          warn({ ...details, namespace }, `Kafka: ${message}`),
      ...(ssl !== undefined && { ssl }),
      ...(sasl !== undefined && { sasl }),
      ...(socketFactory !== undefined && { socketFactory }),
    })
}
