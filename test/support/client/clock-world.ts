import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { BackscrollClient, ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { systemClock } from '../../../packages/client/src/time/clock.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { openServer } from '../server/process.ts'
import { conversationEvents, record } from './client-world.ts'

const preload = fileURLToPath(new URL('./movable-date.ts', import.meta.url))

export interface ClockDevice {
  readonly client: BackscrollClient
  /** Sets the date of this device by so much. */
  set(ms: number): void
  texts(): readonly string[]
  /** Since the last look: tokens that the application was asked for, and REST requests. */
  asked(): { readonly tokens: number; readonly requests: number }
  /** Names of the connection's states. */
  readonly states: string[]
  readonly errors: string[]
}

/** A server process and devices, each with a date of its own. Tokens are issued by the server's. */
export const openClockWorld = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-date-'))
  const file = join(directory, 'date')
  const moved = { NODE_OPTIONS: `--import=${preload}`, DATE_FILE: file }
  const server = await openServer({ env: { BACKSCROLL_HEARTBEAT_MS: '1000', ...moved } })
  let offset = 0
  const setServer = (ms: number) => {
    offset = ms
    writeFileSync(file, String(ms))
  }
  setServer(0)
  await server.start()
  const keys = await createLocalKeys(join(server.directory, 'keys'))
  const by = { keys, issuer: 'backscroll', audience: 'backscroll', now: () => Date.now() + offset }
  const recoveryKeys = new Map<string, Promise<string>>()
  const open: BackscrollClient[] = []

  const device = async (
    user: string,
    name: string,
    dateOffset = 0,
    store: ClientStore = createMemoryStore(),
  ): Promise<ClockDevice> => {
    let ahead = dateOffset
    let [tokens, requests] = [0, 0]
    const options: ClientOptions = {
      ...{ url: server.url, userId: user, deviceId: name, store, transferHistory: false },
      clock: {
        now: () => Date.now() + ahead,
        after: systemClock.after,
      },
      fetch: (...request) => {
        requests += 1
        return fetch(...request)
      },
      token: async () => {
        tokens += 1
        return issueToken(by, { user, device: name, roles: ['user'], ttl: 900 })
      },
    }
    const client = await createClient(options)
    open.push(client)
    client.on('approval_needed', async () => client.recover((await recoveryKeys.get(user)) ?? ''))
    const log = record(client)
    const [states, errors]: string[][] = [[], []]
    client.on('state', ({ state }) => states?.push(state.name))
    client.on('error', ({ error }) => errors?.push(error.code))
    return {
      ...{ client, states: states ?? [], errors: errors ?? [] },
      set: (ms) => {
        ahead += ms
      },
      texts: () =>
        conversationEvents(log).flatMap(({ content }) => (content?.type === 'text' ? [content.body.text] : [])),
      asked: () => {
        const found = { tokens, requests }
        ;[tokens, requests] = [0, 0]
        return found
      },
    }
  }
  const live = async (...given: Parameters<typeof device>): Promise<ClockDevice> => {
    const made = await device(...given)
    made.client.start()
    await made.client.whenLive()
    const [user] = given
    if (!recoveryKeys.has(user)) recoveryKeys.set(user, made.client.createRecoveryKey())
    await recoveryKeys.get(user)
    return made
  }
  return {
    server,
    setServer,
    device,
    live,
    /** A while in which nothing happens. */
    idle: () => sleep(2_500),
    close: async () => {
      await Promise.all(open.map((client) => client.close()))
      await server.discard()
      await rm(directory, { recursive: true })
    },
  }
}
