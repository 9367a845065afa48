import type { BackscrollClient, ClientStore, ConversationClientEvent } from '@backscroll/client'
import { createClient, createMemoryStore } from '@backscroll/client'
import type { DemoServer } from './demo-server.ts'

/** One device of a user: an SDK client, and everything that it showed to its user. */
export interface DemoDevice {
  readonly name: string
  readonly client: BackscrollClient
  readonly seen: ConversationClientEvent[]
  /** The texts that it shows, in order. */
  texts(conversationId: string): readonly string[]
  /** Waits until `holds`, or fails. */
  until(what: string, holds: () => boolean): Promise<void>
  goOffline(): Promise<void>
  comeBack(): Promise<DemoDevice>
}

const words = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)

/** What a new device of a user who has others does to become the user's own. */
type LetIn = (client: BackscrollClient) => Promise<void>

const pauseMs = 10
const patienceMs = 60_000

const open = async (
  server: DemoServer,
  user: string,
  device: string,
  seen: ConversationClientEvent[],
  store: ClientStore,
  letIn: LetIn,
): Promise<DemoDevice> => {
  const token = () => server.token(user, device)
  const client = await createClient({ url: server.url(), token, userId: user, deviceId: device, store })
  for (const type of ['message', 'edit', 'deletion', 'reaction', 'conversation'] as const)
    client.on(type, (event) => void seen.push(event))
  client.on('approval_needed', () => letIn(client))
  client.start()
  await client.whenLive()
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (let waited = 0; !holds(); waited += pauseMs) {
      if (waited > patienceMs) throw new Error(`${user}'s ${device} waited in vain for ${what}`)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  return {
    name: `${user}/${device}`,
    client,
    seen,
    texts: (conversationId) =>
      seen
        .filter((event) => event.type === 'message' && event.conversationId === conversationId)
        .map((event) => words(event.plaintext)),
    until,
    goOffline: () => client.close(),
    comeBack: () => open(server, user, device, seen, store, letIn),
  }
}

export const openFirstDevice = (server: DemoServer, user: string, device: string): Promise<DemoDevice> =>
  open(server, user, device, [], createMemoryStore(), async () => undefined)

/** A second device, let in by the recovery key that the first one shows. */
export const openNextDevice = async (server: DemoServer, first: DemoDevice, user: string, device: string) => {
  const recoveryKey = await first.client.createRecoveryKey()
  return open(server, user, device, [], createMemoryStore(), (client) => client.recover(recoveryKey))
}
