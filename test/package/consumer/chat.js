/**
 * A program of an application: two people, one message, and a restart of the one who wrote it.
 * `node chat.js <url> <folder of the stores, or - for memory> <user> <token> <other user> <token>`
 */
import { createClient, createMemoryStore } from '@backscroll/client'
import { createFileStore } from '@backscroll/client/node'

const [url, folder, one, oneToken, other, otherToken] = process.argv.slice(2)
if (globalThis.WebSocket === undefined) globalThis.WebSocket = (await import('ws')).WebSocket

/** What the SDK says that it is, to the server. */
const versions = new Set()
globalThis.WebSocket = class extends globalThis.WebSocket {
  send(text) {
    const { type, client } = JSON.parse(text)
    if (type === 'connect') versions.add(client.version)
    super.send(text)
  }
}

const stores = new Map()
const storeOf = (userId) => {
  if (folder !== '-') return createFileStore(`${folder}/${userId}`)
  if (!stores.has(userId)) stores.set(userId, createMemoryStore())
  return stores.get(userId)
}

const texts = []
const open = async (userId, token) => {
  const client = await createClient({
    url,
    userId,
    deviceId: 'phone',
    store: storeOf(userId),
    token: async () => token,
  })
  client.on('message', ({ content, own }) => own || texts.push(content.body.text))
  client.start()
  await client.whenLive()
  return client
}

const bob = await open(other, otherToken)
const alice = await open(one, oneToken)
const { conversationId } = await alice.send({ user: other }, { text: 'Hi Bob' })
await alice.close()
const again = await open(one, oneToken)
const { position } = await bob.send(conversationId, { text: 'Hi Alice' })
const said = []
for await (const { content } of again.history(conversationId, { atLeast: position })) said.unshift(content.body.text)
while (texts.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
await Promise.all([again.close(), bob.close()])
console.log(JSON.stringify({ node: process.version, versions: [...versions], texts, said }))
