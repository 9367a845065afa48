import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { createClient } from '@backscroll/client'
import { createFileStore } from '@backscroll/client/node'
import { optionsOf } from './usage.ts'

/**
 * A chat in the terminal, with one other user, end-to-end encrypted. Lines that you type are messages, also while the server is away; `/safety`
 * shows the safety number, `/recovery` a recovery key for your next device.
 *
 *   node examples/chat.ts --user alice --device phone --peer bob --token "$(npm run --silent token -- --user alice --device phone)"
 *
 * It is the same in an application of your own, which installs the SDK from a tarball (docs/guide/client-developers.md, "Installing it").
 */
const values = optionsOf(
  process.argv.slice(2),
  {
    url: { type: 'string', default: 'http://127.0.0.1:8080' },
    user: { type: 'string', default: 'alice' },
    device: { type: 'string', default: 'phone' },
    recovery: { type: 'string', default: '' },
    peer: { type: 'string', default: 'bob' },
    token: { type: 'string', default: '' },
    store: { type: 'string', default: './data/chat' },
  } as const,
  `node examples/chat.ts --user <id> --device <id> --peer <id> --token <token> [--url <url>] [--store <directory>] [--recovery <key>]
Lines that you type are messages. /safety shows the safety number, /recovery a recovery key for your next device.`,
)

const client = await createClient({
  url: values.url,
  token: async () => values.token,
  userId: values.user,
  deviceId: values.device,
  store: createFileStore(`${values.store}/${values.user}-${values.device}.journal`),
})

const line = (userId: string, seq: number, text: string): void => {
  console.log(`${userId === values.user ? '>' : '<'} ${userId} #${seq}: ${text}`)
}

client.on('message', async ({ conversationId, event, plaintext, own }) => {
  const { seq } = event.data
  line(event.actor.userId, seq, plaintext === undefined ? '(cannot be read here)' : new TextDecoder().decode(plaintext))
  if (!own) await client.markRead(conversationId, seq)
})
// A new device, or one that was away for long, begins with what there is already.
client.on('snapshot', async ({ conversations }) => {
  for (const { conversation, messages } of conversations.filter(({ peer }) => peer === values.peer)) {
    for (const { actor, seq, plaintext } of messages)
      line(
        actor.userId,
        seq,
        plaintext === undefined ? '(from before this device)' : new TextDecoder().decode(plaintext),
      )
    if (conversation.lastSeq > 0) await client.markRead(conversation.conversationId, conversation.lastSeq)
  }
})
client.on('receipt', ({ receipt }) => {
  if (receipt.userId === values.peer && receipt.read !== undefined) console.log(`* read up to #${receipt.read}`)
})
// A second device of a user is not the user's own before a person says so.
client.on('approval_needed', async () => {
  if (values.recovery !== '') return client.recover(values.recovery)
  console.log('* this device is new: start it with --recovery, and the key that /recovery shows on your first one')
})
client.on('trust', ({ notice }) => console.log(`* ${notice.type}: ${'userId' in notice ? notice.userId : notice.by}`))
client.on('members', ({ members }) => console.log(`* members: ${members.map(({ userId }) => userId).join(', ')}`))
client.on('warning', ({ code, details }) => console.log(`! ${code} ${JSON.stringify(details)}`))
client.on('failed', ({ code }) => console.log(`! not sent: ${code}`))
client.on('state', ({ state }) => {
  if (state.name !== 'stopped') return console.log(`* ${state.name}`)
  // Closed by the end of the input, or for good: a wrong token, a device that is registered with another store's keys.
  if (state.reason === 'closed') return
  console.log(`* stopped: ${state.reason}`)
  process.exit(1)
})
client.start()

const lines = createInterface({ input: process.stdin })
const command = async (line: string): Promise<void> => {
  if (line === '/safety') console.log(`* ${client.identityOf(values.peer)?.safetyNumber ?? 'not met yet'}`)
  else if (line === '/recovery') console.log(`* ${await client.createRecoveryKey()}`)
  else if (line !== '') await client.send({ user: values.peer }, { text: line })
}
lines.on('line', (line) => void command(line).catch(() => {}))
await once(lines, 'close')
await client.close()
