import { fileURLToPath } from 'node:url'
import { type ChaosProxy, openChaosProxy } from './chaos-proxy.ts'
import { createRedisServer } from './redis-server.ts'

type Environment = Readonly<Record<string, string>>

/** What can be taken from a cluster's processes. */
export const gatedEngines = ['redis', 'kafka', 'mongodb', 'postgres', 's3', 'kurrentdb'] as const
export type GatedEngine = (typeof gatedEngines)[number]

/** Stand between a cluster's processes and the engines, which others go on using. */
export interface EngineGates {
  /** The settings by which the processes go through the gates. */
  readonly env: Environment
  /** From now on the engine is not there: connections are reset. Redis is killed, and forgets everything. */
  stop(engine: GatedEngine): Promise<void>
  start(engine: GatedEngine): Promise<void>
  close(): Promise<void>
}

const urls = {
  mongodb: 'BACKSCROLL_MONGODB_URL',
  postgres: 'BACKSCROLL_POSTGRES_URL',
  s3: 'BACKSCROLL_S3_URL',
  kurrentdb: 'BACKSCROLL_KURRENTDB_URL',
} as const

const portOf = (url: string): number => Number(/:(\d+)(?:[/?]|$)/.exec(url)?.[1])

const withPort = (url: string, port: number): string => url.replace(/:\d+(?=[/?]|$)/, `:${port}`)

const preload = fileURLToPath(new URL('./redirect-connections.ts', import.meta.url))

/** Of engines that listen on this machine. */
export const gateEngines = async (env: Environment): Promise<EngineGates> => {
  const settings: Record<string, string> = {}
  const gates = new Map<GatedEngine, ChaosProxy>()
  const gate = async (engine: GatedEngine, target: number): Promise<number> => {
    const proxy = await openChaosProxy(target)
    gates.set(engine, proxy)
    return portOf(proxy.url)
  }
  for (const engine of ['mongodb', 'postgres', 's3', 'kurrentdb'] as const) {
    const url = env[urls[engine]] ?? ''
    settings[urls[engine]] = withPort(url, await gate(engine, portOf(url)))
  }
  const broker = portOf(env.BACKSCROLL_KAFKA_BROKERS ?? '')
  settings.NODE_OPTIONS = `--import ${preload}`
  settings.REDIRECTED_PORTS = JSON.stringify({ [broker]: await gate('kafka', broker) })
  const redis = await createRedisServer()
  await redis.start()
  settings.BACKSCROLL_REDIS_URL = redis.url

  return {
    env: { ...env, ...settings },
    stop: async (engine) => {
      gates.get(engine)?.refuse()
      if (engine === 'redis') await redis.kill()
    },
    start: async (engine) => {
      gates.get(engine)?.heal()
      if (engine === 'redis') await redis.start()
    },
    close: async () => {
      await Promise.all([...gates.values()].map((proxy) => proxy.close()))
      await redis.kill()
    },
  }
}
