import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { ConversationClientEvent } from '../src/client/client-events.ts'
import { createClient } from '../src/client/create-client.ts'
import { createFileStore } from '../src/client/file-store.ts'

/**
 * A chat in the terminal, with one other user. Lines that you type are messages, also while the server is away.
 *
 *   node examples/chat.ts --user alice --device phone --peer bob --token "$(npm run --silent token -- --user alice --device phone)"
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    user: { type: 'string', default: 'alice' },
    device: { type: 'string', default: 'phone' },
    peer: { type: 'string', default: 'bob' },
    token: { type: 'string', default: '' },
    store: { type: 'string', default: './data/chat' },
  },
})

const client = await createClient({
  url: values.url,
  token: async () => values.token,
  userId: values.user,
  deviceId: values.device,
  store: createFileStore(`${values.store}/${values.user}-${values.device}.journal`),
})

const show = ({ event, plaintext, own }: ConversationClientEvent): void => {
  const mark = own ? '>' : '<'
  console.log(`${mark} ${event.actor.userId} #${event.data.seq}: ${new TextDecoder().decode(plaintext)}`)
}

client.on('message', async (message) => {
  show(message)
  if (!message.own) await client.markRead(message.conversationId, Number(message.event.data.seq))
})
client.on('snapshot', ({ conversations }) => {
  for (const { peer, unread } of conversations) if (peer !== null) console.log(`* ${peer}: ${unread} unread`)
})
client.on('receipt', ({ receipt }) => {
  if (receipt.userId === values.peer && receipt.read !== undefined) console.log(`* read up to #${receipt.read}`)
})
client.on('failed', ({ code }) => console.log(`! not sent: ${code}`))
client.on('state', ({ state }) => console.log(`* ${state.name}`))
client.start()

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  if (line !== '') void client.send({ user: values.peer }, new TextEncoder().encode(line))
})
await once(lines, 'close')
await client.close()
