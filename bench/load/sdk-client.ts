import type { BackscrollClient } from '../../packages/client/src/api/client-api.ts'
import { createClient } from '../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../packages/client/src/stores/memory-store.ts'
import type { TokenSource } from './token-source.ts'

/** The real SDK on a user's device `phone`, with a store in memory. Resolves when it is live. `url`: base URL. */
export const openSdkClient = async (url: string, userId: string, tokens: TokenSource): Promise<BackscrollClient> => {
  const client = await createClient({
    url,
    userId,
    deviceId: 'phone',
    token: () => tokens(userId),
    store: createMemoryStore(),
  })
  client.start()
  await client.whenLive()
  return client
}
