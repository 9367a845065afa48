import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '../../../src/config/config-settings.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { type EngineName, engineUrl } from '../engines/engine-url.ts'
import { newPostgresDatabase } from '../engines/postgres-database.ts'
import { type DoubleProcess, startDoubleProcess } from '../kurrentdb-double/process.ts'
import { openServer, type ServerProcess } from '../server/process.ts'

type Environment = Readonly<Record<string, string>>

/** A log that can be killed, and started again on its file and its port. */
export interface ClusterLogProcess extends DoubleProcess {
  restart(): Promise<void>
}

/** The processes of one cluster over the machine's real engines, with names of its own in each of them. The event log is the protocol double. */
export interface ClusterWorld {
  /** Shared by all processes: the signing keys. */
  readonly directory: string
  /** The first log. */
  readonly log: DoubleProcess
  readonly logs: readonly ClusterLogProcess[]
  /** Where the log and everything else is, as settings. */
  readonly env: Environment
  /** A process in these roles, not started. */
  process(roles: readonly Role[], more?: Environment): Promise<ServerProcess>
  /** Kills all processes and removes what they left in the engines that is cheap to remove. */
  discard(): Promise<void>
}

const startLog = async (file: string): Promise<ClusterLogProcess> => {
  let running = await startDoubleProcess({ file })
  const { url } = running
  return {
    url,
    control: (...call) => running.control(...call),
    kill: (signal) => running.kill(signal),
    restart: async () => {
      await running.kill()
      running = await startDoubleProcess({ file, port: Number(new URL(url).port) })
    },
  }
}

/** Many processes start at once, and a group of consumers gives partitions to others only when the session of a dead one is over. */
const readyMs = 60_000

const needed: readonly EngineName[] = ['redis', 'postgres', 'kafka', 'mongodb', 's3']

/** Engines that a cluster needs and that this machine does not have; empty when it can be tried. */
export const missingEngines = async (): Promise<readonly EngineName[]> => {
  const urls = await Promise.all(needed.map(async (name) => ({ name, url: await engineUrl(name) })))
  return urls.filter(({ url }) => url === undefined).map(({ name }) => name)
}

const must = async (name: EngineName): Promise<string> => {
  const url = await engineUrl(name)
  if (url === undefined) throw new Error(`${name} is not there`)
  return url
}

const withPath = (url: string, path: string): string => {
  const changed = new URL(url)
  changed.pathname = path
  return changed.href
}

/** `through` may put something between the processes and the engines. `count`: of event logs. */
export const openClusterWorld = async (
  more: Environment = {},
  through: (env: Environment) => Promise<Environment> = async (env) => env,
  count = 1,
): Promise<ClusterWorld> => {
  const name = `t${randomUUID().slice(0, 12).replaceAll('-', '')}`
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-cluster-'))
  await createLocalKeys(join(directory, 'keys'))
  const logs = await Promise.all(Array.from({ length: count }, (_, index) => startLog(join(directory, `log-${index}`))))
  const [log] = logs
  if (log === undefined) throw new Error('a cluster has a log')
  const database = await newPostgresDatabase(await must('postgres'))
  const env = await through({
    BACKSCROLL_PROFILE: 'cluster',
    BACKSCROLL_CLUSTER: name,
    BACKSCROLL_PARTITIONS: '4',
    BACKSCROLL_KURRENTDB_URL: logs.map(({ url }) => url).join(' '),
    BACKSCROLL_KAFKA_BROKERS: await must('kafka'),
    BACKSCROLL_MONGODB_URL: withPath(await must('mongodb'), name),
    BACKSCROLL_REDIS_URL: await must('redis'),
    BACKSCROLL_POSTGRES_URL: database.url,
    BACKSCROLL_S3_URL: withPath(await must('s3'), name),
    ...more,
  })
  const processes: ServerProcess[] = []
  return {
    directory,
    log,
    logs,
    env,
    process: async (roles, own = {}) => {
      const opened = await openServer({
        directory,
        readyMs,
        env: { ...env, BACKSCROLL_ROLES: roles.join(','), ...own },
      })
      processes.push(opened)
      return opened
    },
    discard: async () => {
      await Promise.all(processes.map((one) => one.discard()))
      await Promise.all(logs.map((one) => one.kill()))
      await database.remove()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
