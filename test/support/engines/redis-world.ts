import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { openRedis, type RedisAdapters } from '../../../src/adapters/redis/open-redis.ts'

/** Keys and channels of a test's own on a Redis that others use at the same time. */
export interface RedisWorld {
  open(onError?: (error: unknown) => void): Promise<RedisAdapters>
  /** Deletes all keys. */
  lose(): Promise<void>
  keys(): Promise<readonly string[]>
  /** Closes the connections with this name, as a network would. */
  cut(name: 'commands' | 'subscriber'): Promise<void>
  dispose(): Promise<void>
}

export const openRedisWorld = async (url: string, ttlMs?: number): Promise<RedisWorld> => {
  const prefix = `test-${randomUUID()}:`
  const admin = new Redis(url)
  admin.on('error', () => {})
  const opened: RedisAdapters[] = []

  const keys = async (): Promise<readonly string[]> => {
    const found: string[] = []
    for await (const page of admin.scanStream({ match: `${prefix}*`, count: 1_000 })) found.push(...page)
    return found
  }
  const lose = async (): Promise<void> => {
    const all = await keys()
    if (all.length > 0) await admin.del(...all)
  }

  return {
    open: async (onError = () => {}) => {
      const adapters = await openRedis({
        url,
        prefix,
        onError,
        ...(ttlMs !== undefined && { ttlMs, presenceTtlMs: ttlMs }),
      })
      opened.push(adapters)
      return adapters
    },
    lose,
    keys,
    cut: async (name) => {
      const clients = String(await admin.client('LIST')).split('\n')
      const own = clients.filter((line) => line.includes(` name=${prefix}${name} `))
      for (const line of own) await admin.client('KILL', 'ID', /\bid=(\d+)/.exec(line)?.[1] ?? '')
    },
    dispose: async () => {
      await Promise.all(opened.map((adapters) => adapters.close()))
      if (admin.status === 'ready') await lose()
      admin.disconnect()
    },
  }
}
