import { fileURLToPath } from 'node:url'
import { createRedisServer } from '../engines/redis-server.ts'
import { type ChaosProxy, openChaosProxy } from '../network/tcp-proxy.ts'

type Environment = Readonly<Record<string, string>>

/** What can be taken from a cluster's processes. */
export const gatedEngines = ['redis', 'kafka', 'mongodb', 'postgres', 's3', 'kurrentdb'] as const
export type GatedEngine = (typeof gatedEngines)[number]

/** Stand between a cluster's processes and the engines, which others go on using. */
export interface EngineGates {
  /** The settings by which the processes go through the gates. */
  readonly env: Environment
  /** From now on the engine is not there: connections are reset. Redis is killed, and forgets everything. Of several event logs it is one, each in turn. */
  stop(engine: GatedEngine): Promise<void>
  start(engine: GatedEngine): Promise<void>
  close(): Promise<void>
}

const urls = {
  mongodb: 'BACKSCROLL_MONGODB_URL',
  postgres: 'BACKSCROLL_POSTGRES_URL',
  s3: 'BACKSCROLL_S3_URL',
} as const

const portOf = (url: string): number => Number(/:(\d+)(?:[/?]|$)/.exec(url)?.[1])

const withPort = (url: string, port: number): string => url.replace(/:\d+(?=[/?]|$)/, `:${port}`)

const preload = fileURLToPath(new URL('../network/redirect-connections.ts', import.meta.url))

/** Gates for engines that listen on this machine. */
export const gateEngines = async (env: Environment): Promise<EngineGates> => {
  const settings: Record<string, string> = {}
  const gates = new Map<GatedEngine, ChaosProxy>()
  const gate = async (engine: GatedEngine, target: number): Promise<number> => {
    const proxy = await openChaosProxy(target)
    gates.set(engine, proxy)
    return portOf(proxy.url)
  }
  for (const engine of ['mongodb', 'postgres', 's3'] as const) {
    const url = env[urls[engine]] ?? ''
    settings[urls[engine]] = withPort(url, await gate(engine, portOf(url)))
  }
  const logs: ChaosProxy[] = []
  const logUrls: string[] = []
  for (const url of (env.BACKSCROLL_KURRENTDB_URL ?? '').split(' ')) {
    const proxy = await openChaosProxy(portOf(url))
    logs.push(proxy)
    logUrls.push(withPort(url, portOf(proxy.url)))
  }
  settings.BACKSCROLL_KURRENTDB_URL = logUrls.join(' ')
  const broker = portOf(env.BACKSCROLL_KAFKA_BROKERS ?? '')
  settings.NODE_OPTIONS = `--import ${preload}`
  settings.REDIRECTED_PORTS = JSON.stringify({ [broker]: await gate('kafka', broker) })
  let turn = 0
  const redis = await createRedisServer()
  await redis.start()
  settings.BACKSCROLL_REDIS_URL = redis.url

  return {
    env: { ...env, ...settings },
    stop: async (engine) => {
      gates.get(engine)?.refuse()
      if (engine === 'kurrentdb') logs[turn % logs.length]?.refuse()
      if (engine === 'redis') await redis.kill()
    },
    start: async (engine) => {
      gates.get(engine)?.heal()
      if (engine === 'kurrentdb') logs[turn++ % logs.length]?.heal()
      if (engine === 'redis') await redis.start()
    },
    close: async () => {
      await Promise.all([...gates.values(), ...logs].map((proxy) => proxy.close()))
      await redis.kill()
    },
  }
}
