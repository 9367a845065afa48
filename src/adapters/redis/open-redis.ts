import type { Channels } from '../../ports/channels.ts'
import type { OnlineUsers } from '../../ports/online-users.ts'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import type { SharedLimits } from '../../ports/shared-limits.ts'
import { createRedisChannels } from './channels.ts'
import { connectRedis } from './connection.ts'
import { createRedisOnlineUsers } from './online-users.ts'
import { watchResets } from './resets.ts'
import { createRedisRegistry } from './session-registry.ts'
import { createRedisLimits } from './shared-limits.ts'

export interface RedisSettings {
  /** Such as redis://:password@127.0.0.1:6379/0, or rediss:// with TLS. */
  readonly url: string
  /** Begins the names of all keys and channels, so that several deployments can share a Redis. */
  readonly prefix: string
  /** How long a gateway may be silent before it counts as dead. Default 15 s. */
  readonly ttlMs?: number
  /** How long a process may be silent before its users count as offline. Default 10 s. */
  readonly presenceTtlMs?: number
  /**
   * A connection was lost or could not be made, or a listener threw. Called once for each failure; it is retried
   * for ever.
   */
  readonly onError: (error: unknown) => void
}

export interface RedisAdapters {
  readonly registry: SessionRegistry
  readonly channels: Channels
  readonly limits: SharedLimits
  readonly online: OnlineUsers
  /** Closes the channels and both connections. */
  close(): Promise<void>
}

/**
 * Session registry, channels, shared limits and online users over two connections of this process: one for
 * commands, and one that listens. Throws `OperatorError` when Redis cannot be reached now. Later, calls fail at
 * once while Redis cannot be reached, and after 2 s when it does not answer.
 */
export const openRedis = async (settings: RedisSettings): Promise<RedisAdapters> => {
  const { url, prefix, ttlMs = 15_000, presenceTtlMs = 10_000, onError } = settings
  const commands = await connectRedis(url, `${prefix}commands`, onError)
  const subscriber = await connectRedis(url, `${prefix}subscriber`, onError).catch(async (error: unknown) => {
    await commands.close()
    throw error
  })
  const resets = await watchResets(commands.redis, subscriber.redis, onError)
  const channels = createRedisChannels({
    commands: commands.redis,
    subscriber: subscriber.redis,
    resets,
    prefix,
    onError,
  })

  return {
    registry: createRedisRegistry(commands.redis, prefix, ttlMs),
    channels,
    limits: createRedisLimits(commands.redis, prefix),
    online: createRedisOnlineUsers(commands.redis, prefix, presenceTtlMs),
    close: async () => {
      await channels.close()
      await Promise.all([commands.close(), subscriber.close()])
    },
  }
}
