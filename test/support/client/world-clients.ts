import type { BackscrollClient, ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'

export interface WorldClientsDeps {
  readonly url: string
  readonly token: (user: string, device: string) => Promise<string>
  readonly newStore: () => ClientStore
}

/** Real clients of one server, in Node or in a page. */
export interface WorldClients {
  /** A client that is not started yet. */
  client(user: string, device: string, options?: Partial<ClientOptions>): Promise<BackscrollClient>
  /** The user's recovery key, made by a device that is in; the next devices come in by it. */
  recoveryKey(user: string): Promise<string>
  /** Gives a user a first device, which is not used any more, so that people can write to that user. */
  enrol(user: string, store?: ClientStore): Promise<void>
  close(): Promise<void>
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export const createWorldClients = ({ url, token, newStore }: WorldClientsDeps): WorldClients => {
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
  const client: WorldClients['client'] = async (user, device, options = {}) => {
    const me = { url, token: () => token(user, device), userId: user, deviceId: device }
    const made = await createClient({ ...me, store: newStore(), transferHistory: false, ...options })
    clients.push(made)
    // Tests that are about errors listen by themselves; the console is for what nobody expects.
    made.on('error', () => {})
    made.on('approval_needed', async () => made.recover(await recoveryKey(user)))
    clientsOf.set(user, [...(clientsOf.get(user) ?? []), made])
    return made
  }
  return {
    client,
    recoveryKey,
    enrol: async (user, store = newStore()) => {
      const made = await client(user, 'first', { store })
      made.start()
      await made.whenLive()
      await made.close()
    },
    close: async () => {
      await Promise.all(clients.map((one) => one.close()))
    },
  }
}
