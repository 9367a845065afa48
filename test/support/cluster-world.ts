import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalKeys } from '../../src/auth/local-keys.ts'
import type { Role } from '../../src/config.ts'
import { type EngineName, engineUrl } from './engines.ts'
import { type DoubleProcess, startDoubleProcess } from './kurrentdb-double/process.ts'
import { newPostgresDatabase } from './postgres-database.ts'
import { openServer, type ServerProcess } from './server-process.ts'

type Environment = Readonly<Record<string, string>>

/** The processes of one cluster over the machine's real engines, with names of its own in each of them. The event log is the protocol double. */
export interface ClusterWorld {
  /** Shared by all processes: the signing keys. */
  readonly directory: string
  readonly log: DoubleProcess
  /** Where the log and everything else is, as settings. */
  readonly env: Environment
  /** A process in these roles, not started. */
  process(roles: readonly Role[], more?: Environment): Promise<ServerProcess>
  /** Kills all processes and removes what they left in the engines that is cheap to remove. */
  discard(): Promise<void>
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

/** `through` may put something between the processes and the engines. */
export const openClusterWorld = async (
  more: Environment = {},
  through: (env: Environment) => Promise<Environment> = async (env) => env,
): Promise<ClusterWorld> => {
  const name = `t${randomUUID().slice(0, 12).replaceAll('-', '')}`
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-cluster-'))
  await createLocalKeys(join(directory, 'keys'))
  const log = await startDoubleProcess({ file: join(directory, 'kurrentdb.journal') })
  const database = await newPostgresDatabase(await must('postgres'))
  const env = await through({
    BACKSCROLL_PROFILE: 'cluster',
    BACKSCROLL_CLUSTER: name,
    BACKSCROLL_PARTITIONS: '4',
    BACKSCROLL_KURRENTDB_URL: log.url,
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
      await log.kill()
      await database.remove()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
