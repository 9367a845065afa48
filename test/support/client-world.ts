import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { issueToken } from '../../src/auth/issue-token.ts'
import { createLocalKeys } from '../../src/auth/local-keys.ts'
import type { BackscrollClient, ClientOptions } from '../../src/client/client-api.ts'
import type { ClientEvent, ConversationClientEvent } from '../../src/client/client-events.ts'
import { createClient } from '../../src/client/create-client.ts'
import { createMemoryStore } from '../../src/client/memory-store.ts'
import type { ClientStore } from '../../src/client/store.ts'
import { startEmbedded } from '../../src/compose/embedded.ts'
import type { Running } from '../../src/compose/running.ts'
import { loadConfig } from '../../src/config.ts'
import { createLogger } from '../../src/observability/logger.ts'

/** A real server in a directory of its own, and real SDK clients. */
export interface ClientWorld {
  readonly url: () => string
  /** The directory of its data. */
  readonly directory: string
  token(user: string, device: string, ttlSeconds?: number): Promise<string>
  /** What an admin asks of the server over REST; answers the status. */
  asAdmin(method: string, path: string): Promise<number>
  /** A client that is not started yet. */
  client(user: string, device: string, options?: Partial<ClientOptions>): Promise<BackscrollClient>
  /** The user's recovery key, made by a device that is in; the next devices come in by it. */
  recoveryKey(user: string): Promise<string>
  /** Gives a user a first device, which is not used any more, so that people can write to that user. */
  enrol(user: string, store?: ClientStore): Promise<void>
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
  const clients: BackscrollClient[] = []
  /** By user, so that all devices but the first need no person. */
  const recoveryKeys = new Map<string, Promise<string>>()
  const clientsOf = new Map<string, BackscrollClient[]>()
  /** By whichever of the user's devices is in: of those that start together any may be the first. */
  const makeRecoveryKey = async (user: string): Promise<string> => {
    for (;;) {
      for (const one of clientsOf.get(user) ?? []) {
        const key = await one.createRecoveryKey().catch(() => undefined)
        if (key !== undefined) return key
      }
      await sleep(20)
    }
  }
  const recoveryKey = (user: string): Promise<string> => {
    const key = recoveryKeys.get(user) ?? makeRecoveryKey(user)
    recoveryKeys.set(user, key)
    return key
  }
  const token = (user: string, device: string, ttl = 3600) =>
    issueToken({ keys, issuer: 'backscroll', audience: 'backscroll' }, { user, device, roles: ['user'], ttl })
  const asAdmin = async (method: string, path: string): Promise<number> => {
    const by = { keys, issuer: 'backscroll', audience: 'backscroll' }
    const text = await issueToken(by, { user: 'operator', device: 'laptop', roles: ['user', 'admin'], ttl: 3600 })
    return (await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${text}` } })).status
  }
  const client: ClientWorld['client'] = async (user, device, options = {}) => {
    const made = await createClient({
      url,
      token: () => token(user, device),
      userId: user,
      deviceId: device,
      store: createMemoryStore(),
      ...options,
    })
    clients.push(made)
    // Tests that are about errors listen by themselves; the console is for what nobody expects.
    made.on('error', () => {})
    made.on('approval_needed', async () => made.recover(await recoveryKey(user)))
    clientsOf.set(user, [...(clientsOf.get(user) ?? []), made])
    return made
  }
  return {
    directory,
    url: () => url,
    token,
    asAdmin,
    client,
    recoveryKey,
    enrol: async (user, store = createMemoryStore()) => {
      const made = await client(user, 'first', { store })
      made.start()
      await made.whenLive()
      await made.close()
    },
    restart: async () => {
      await server.stop()
      server = await start(new URL(url).port)
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()))
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Everything that a client hands to the application, kept. */
export const record = (client: BackscrollClient): ClientEvent[] => {
  const log: ClientEvent[] = []
  for (const type of [
    'message',
    'edit',
    'deletion',
    'reaction',
    'conversation',
    'receipt',
    'failed',
    'gap',
    'snapshot',
    'trust',
    'warning',
    'details',
    'recovered',
    'account',
    'members',
    'request',
  ] as const)
    client.on(type, (event) => log.push(event))
  return log
}

export const conversationEvents = (log: readonly ClientEvent[]): readonly ConversationClientEvent[] =>
  log.filter((event) => 'event' in event)

/** Starts a client; resolves once it is live. */
export const live = async (client: BackscrollClient): Promise<void> => {
  client.start()
  await client.whenLive()
}

export const textOf = (event: ConversationClientEvent): string => new TextDecoder().decode(event.plaintext)
export const messageTexts = (log: readonly ClientEvent[]): readonly string[] =>
  conversationEvents(log)
    .filter(({ type }) => type === 'message')
    .map(textOf)
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Waits until it holds; gives up after a time that only a failure needs. */
export const eventually = async (holds: () => boolean, what: string, timeoutMs = 20_000): Promise<void> => {
  const giveUpAt = Date.now() + timeoutMs
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error(`It did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
