import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { credentials } from './credentials.ts'
import type { Engine } from './engine.ts'
import { layout } from './layout.ts'
import { writeSecret } from './state.ts'
import { ensurePackage, missingTool, requireTool } from './tools.ts'

const data = (): string => join(layout.data, 'redis')
const configPath = (): string => join(data(), 'redis.conf')

/** The password goes into a file: a command line is for everybody to read. Nothing is persisted: the product must survive its loss. */
const config = (port: number): string =>
  ['bind 127.0.0.1', `port ${port}`, `requirepass ${credentials().redisPassword}`, `dir ${data()}`, 'save ""', ''].join(
    '\n',
  )

export const redis: Engine = {
  name: 'redis',
  url: (port, { redisPassword }) => `redis://:${redisPassword}@127.0.0.1:${port}/0`,
  probe: async (url) => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const info = await client.info('server')
      return /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown'
    } finally {
      client.disconnect()
    }
  },
  container: (_port, { redisPassword }) => ({
    port: 6379,
    environment: { REDIS_PASSWORD: redisPassword },
    command: ['sh', '-c', 'echo "requirepass $REDIS_PASSWORD" | exec redis-server - --save ""'],
  }),
  native: {
    needs: [],
    missing: () => missingTool('redis-server', 'redis-server'),
    prepare: async (port, progress) => {
      await ensurePackage('redis-server', 'redis-server', progress)
      mkdirSync(data(), { recursive: true })
      writeSecret(configPath(), config(port))
    },
    daemon: () => ({ command: requireTool('redis-server'), args: [configPath()] }),
    data,
  },
}
