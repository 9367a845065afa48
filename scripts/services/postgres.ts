import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { runCommand } from './command.ts'
import { credentials } from './credentials.ts'
import type { Engine, Progress } from './engine.ts'
import { dataForOtherAccount, exists, layout } from './layout.ts'
import { writeSecret } from './state.ts'
import { ensurePackage, findTool, isRoot, missingTool, requireTool } from './tools.ts'

const user = 'backscroll'

const data = (): string => (isRoot() ? dataForOtherAccount('postgres') : join(layout.data, 'postgres'))

/** PostgreSQL refuses to run as root, so root lends it the account that its package made. */
const asOwner = (command: string, args: readonly string[]): { command: string; args: readonly string[] } => {
  if (!isRoot()) return { command, args }
  const identity = ['--reuid=postgres', '--regid=postgres', '--init-groups']
  return { command: requireTool('setpriv'), args: [...identity, '--', command, ...args] }
}

const giveToOwner = (path: string): void => {
  if (isRoot()) execFileSync('chown', ['-R', 'postgres:postgres', path])
}

const createCluster = async (progress: Progress): Promise<void> => {
  const folder = data()
  const cluster = join(folder, 'cluster')
  if (exists(join(folder, 'made'))) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const passwordFile = join(folder, 'password')
  writeSecret(passwordFile, credentials().postgresPassword)
  giveToOwner(folder)
  const auth = ['--auth=scram-sha-256', `--username=${user}`, `--pwfile=${passwordFile}`]
  const { command, args } = asOwner(requireTool('initdb'), [...auth, '--encoding=UTF8', '--locale=C', '-D', cluster])
  await runCommand(command, args, { cwd: folder, progress, doing: 'creating the cluster', log: 'postgres-initdb' })
  rmSync(passwordFile)
  mkdirSync(join(folder, 'made'))
}

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export const postgres: Engine = {
  name: 'postgres',
  url: (port, { postgresPassword }) => `postgres://${user}:${postgresPassword}@127.0.0.1:${port}/postgres`,
  probe: async (url) => {
    const client = await connect(url)
    try {
      const answer = await client.query<{ server_version: string }>('SHOW server_version')
      return answer.rows[0]?.server_version.split(' ')[0] ?? 'unknown'
    } finally {
      await client.end()
    }
  },
  container: (_port, { postgresPassword }) => ({
    port: 5432,
    environment: { POSTGRES_USER: user, POSTGRES_PASSWORD: postgresPassword, POSTGRES_DB: 'postgres' },
  }),
  native: {
    needs: [],
    missing: () => {
      if (isRoot() && findTool('setpriv') === undefined) return 'setpriv (util-linux) is not on this machine'
      return missingTool('postgres', 'postgresql')
    },
    prepare: async (_port, progress) => {
      await ensurePackage('postgres', 'postgresql', progress)
      await createCluster(progress)
    },
    daemon: (port) => {
      const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=300']
      const args = ['-D', join(data(), 'cluster'), ...settings.flatMap((setting) => ['-c', setting])]
      // SIGINT is its fast shutdown: SIGTERM would wait for every client to leave.
      return { ...asOwner(requireTool('postgres'), args), cwd: data(), stopSignal: 'SIGINT' }
    },
    data,
  },
}
