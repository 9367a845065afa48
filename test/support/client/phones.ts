import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import type { Tokens } from '../server/tokens.ts'
import { live, record } from './client-world.ts'

/** Clients, one for each user, of a server that runs elsewhere. */
export const createPhones = (at: () => { readonly url: string; readonly tokens: Tokens }) => {
  const clients: BackscrollClient[] = []
  return {
    /** Resolves when the client is live; `log` is everything that it hands to its application. */
    connect: async (userId: string) => {
      const { url, tokens } = at()
      const token = () => tokens(userId)
      const client = await createClient({ url, userId, deviceId: 'phone', token, store: createMemoryStore() })
      clients.push(client)
      const log = record(client)
      await live(client)
      return { client, log }
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()))
    },
  }
}
