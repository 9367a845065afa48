import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { startEmbedded } from '../../../src/compose/embedded/start-embedded.ts'
import type { Running } from '../../../src/compose/running.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { createWorldClients, type WorldClients } from './world-clients.ts'

/** What needs no server is apart, for pages. */
export {
  bytes,
  conversationEvents,
  eventsOfType,
  eventually,
  live,
  messageTexts,
  record,
  sealedIn,
  textOf,
} from './client-log.ts'

/** A real server in a directory of its own, and real SDK clients. */
export interface ClientWorld extends Omit<WorldClients, 'close'> {
  readonly url: () => string
  /** The directory of its data. */
  readonly directory: string
  token(user: string, device: string, ttlSeconds?: number): Promise<string>
  /** What an admin asks of the server over REST; answers the status. */
  asAdmin(method: string, path: string): Promise<number>
  /** Stops the server and starts it again on the same data and port. */
  restart(): Promise<void>
  close(): Promise<void>
}

export const openClientWorld = async (env: Readonly<Record<string, string>> = {}): Promise<ClientWorld> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-client-'))
  const logger = createLogger({ level: 'silent' })
  const start = (port: string): Promise<Running> =>
    startEmbedded(
      loadConfig({ BACKSCROLL_DATA: directory, BACKSCROLL_PORT: port, BACKSCROLL_GROUPS_FROM: 'everyone', ...env }),
      logger,
    )
  let server = await start('0')
  const { url } = server
  const keys = await createLocalKeys(join(directory, 'keys'))
  const token = (user: string, device: string, ttl = 3600) =>
    issueToken({ keys, issuer: 'backscroll', audience: 'backscroll' }, { user, device, roles: ['user'], ttl })
  const asAdmin = async (method: string, path: string): Promise<number> => {
    const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
    const text = await issueToken(by, { user: 'operator', device: 'laptop', roles: ['user', 'admin'], ttl: 3600 })
    return (await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${text}` } })).status
  }
  const clients = createWorldClients({ url, token, newStore: createMemoryStore })
  return {
    directory,
    url: () => url,
    token,
    asAdmin,
    client: clients.client,
    recoveryKey: clients.recoveryKey,
    enrol: clients.enrol,
    restart: async () => {
      await server.stop()
      server = await start(new URL(url).port)
    },
    close: async () => {
      await clients.close()
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
