import type { ClientWorld } from '../../support/client/client-world.ts'
import type { UsedClientWorld } from '../../support/client/use-client-world.ts'
import { createWorldClients } from '../../support/client/world-clients.ts'
import { createMemoryStore } from './in-page-stores.ts'
import { afterAll, beforeAll } from './in-page-vitest.ts'

export {
  bytes,
  conversationEvents,
  eventually,
  live,
  messageTexts,
  record,
  textOf,
} from '../../support/client/client-log.ts'

/** What the test outside of the page does for it. */
export interface WorldServer {
  open(env: Readonly<Record<string, string>>): Promise<{ readonly id: number; readonly url: string }>
  token(id: number, user: string, device: string, ttlSeconds?: number): Promise<string>
  asAdmin(id: number, method: string, path: string): Promise<number>
  restart(id: number): Promise<void>
  close(id: number): Promise<void>
}

declare global {
  var worldServer: <Name extends keyof WorldServer>(
    name: Name,
    ...of: Parameters<WorldServer[Name]>
  ) => ReturnType<WorldServer[Name]>
}

/** As outside of a page: a real server, to which the clients of this page connect. */
export const openClientWorld = async (env: Readonly<Record<string, string>> = {}): Promise<ClientWorld> => {
  const { id, url } = await worldServer('open', env)
  const token: ClientWorld['token'] = (...of) => worldServer('token', id, ...of)
  const { close, ...clients } = createWorldClients({ url, token, newStore: createMemoryStore })
  return {
    ...{ ...clients, token, directory: '', url: () => url },
    asAdmin: (...request) => worldServer('asAdmin', id, ...request),
    restart: () => worldServer('restart', id),
    close: async () => {
      await close()
      await worldServer('close', id)
    },
  }
}

export const useClientWorld = (env: Readonly<Record<string, string>> = {}): UsedClientWorld => {
  let opened: ClientWorld | undefined
  const now = (): ClientWorld => {
    if (opened === undefined) throw new Error('The world is open while tests run')
    return opened
  }
  beforeAll(async () => {
    opened = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '20', ...env })
  })
  afterAll(() => now().close())
  return {
    directory: '',
    url: () => now().url(),
    token: (...of) => now().token(...of),
    asAdmin: (...request) => now().asAdmin(...request),
    client: (...of) => now().client(...of),
    recoveryKey: (user) => now().recoveryKey(user),
    enrol: (...of) => now().enrol(...of),
    restart: () => now().restart(),
    close: () => now().close(),
    storePath: (name) => name,
  }
}
