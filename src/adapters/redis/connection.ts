import { setTimeout as sleep } from 'node:timers/promises'
import { Redis, type RedisOptions } from 'ioredis'
import { OperatorError } from '../../ports/errors/operator-error.ts'

/** A connection that comes back by itself; commands meanwhile fail at once. */
export interface RedisConnection {
  readonly redis: Redis
  /** Never rejects, ends within half a second. */
  close(): Promise<void>
}

const pingEveryMs = 1_000
const mostRetryMs = 1_000
const closeMs = 500

/** A command that waits longer for its answer fails. */
const commandTimeoutMs = 2_000

const options = {
  lazyConnect: true,
  connectTimeout: 2_000,
  commandTimeout: commandTimeoutMs,
  // Together with the pings: this is how soon a peer that vanished silently is noticed.
  socketTimeout: commandTimeoutMs + pingEveryMs,
  disconnectTimeout: closeMs,
  // No command waits for a connection, and none is sent twice: the caller knows better what still makes sense.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // The channels resubscribe by themselves, and know when it is done.
  autoResubscribe: false,
  retryStrategy: (times: number) => Math.min(25 * 2 ** Math.min(times, 10), mostRetryMs) * (0.75 + Math.random() / 4),
  // After a failover the old master is a replica.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions

/** Logs ioredis' warnings about its own options as events. */
const meanings: readonly (readonly [says: string, means: string])[] = [
  ['enableOfflineQueue', 'not connected'],
  ['maxRetriesPerRequest', 'the connection was lost'],
]

/**
 * The message alone: an error of ioredis holds the command with its arguments, which include the password in the
 * case of AUTH.
 */
const plain = (error: unknown): Error => {
  const message = error instanceof Error ? error.message : String(error)
  const meaning = meanings.find(([says]) => message.includes(says))?.[1] ?? message
  return new Error(`Redis: ${meaning}`)
}

const addressOf = (url: string): string => {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new OperatorError('BACKSCROLL_REDIS_URL must be such as redis://:password@127.0.0.1:6379/0')
  return new URL(url).host
}

const refusal = /^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)/

const unreachable = (address: string, reason: string): OperatorError =>
  refusal.test(reason)
    ? new OperatorError(`Redis at ${address} refuses the user or the password in BACKSCROLL_REDIS_URL (${reason})`)
    : new OperatorError(`Redis at ${address} cannot be reached; BACKSCROLL_REDIS_URL says where it is (${reason})`)

/**
 * Throws `OperatorError` when `url` cannot be reached now. Later it reconnects for ever, at least once a second;
 * each failure to do so calls `onError` once.
 */
export const connectRedis = async (
  url: string,
  name: string,
  onError: (error: unknown) => void,
): Promise<RedisConnection> => {
  const address = addressOf(url)
  const redis = new Redis(url, { ...options, connectionName: name })
  let reason = ''
  const note = (error: Error): void => {
    reason = error.message
  }
  redis.on('error', note)
  try {
    await redis.connect()
  } catch (error) {
    redis.disconnect()
    throw unreachable(address, reason === '' ? plain(error).message : reason)
  }
  redis.off('error', note)
  redis.on('error', (error) => onError(plain(error)))
  const ping = (): void => void redis.ping().catch(() => undefined)
  const pinging = setInterval(() => redis.status === 'ready' && ping(), pingEveryMs)

  return {
    redis,
    close: async () => {
      clearInterval(pinging)
      if (redis.status === 'end') return
      const ended = new Promise((resolve) => redis.once('end', resolve))
      redis.disconnect()
      await Promise.race([ended, sleep(closeMs)])
    },
  }
}

/** The answer, or an error that holds no argument of the command. */
export const answer = async <Reply>(asked: Promise<Reply>): Promise<Reply> => {
  try {
    return await asked
  } catch (error) {
    throw plain(error)
  }
}
