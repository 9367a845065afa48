import type { MessageReceipt } from '@backscroll/client'
import { type DemoDevice, openFirstDevice, openNextDevice } from './demo/demo-device.ts'
import { openServer } from './demo/open-server.ts'
import { check, heading, line, say, table } from './demo/screen.ts'

/**
 * `npm run demo`: two people with two devices each, on a server of their own. With `-- --url <url>`, once or for each of several processes of a cluster, on
 * one that runs already. Exits with 0 when everything it shows was true.
 */
const away = 1000

const server = await openServer(process.argv.slice(2))
const [aliceId, bobId] = [server.user('alice'), server.user('bob')]
const started = performance.now()
say(server.description)

const phone = await openFirstDevice(server, aliceId, 'phone')
const laptop = await openNextDevice(server, phone, aliceId, 'laptop')
const bob = await openFirstDevice(server, bobId, 'phone')
let tablet = await openNextDevice(server, bob, bobId, 'tablet')
const all = [phone, laptop, bob, tablet]
const show = (devices: readonly DemoDevice[], id: string): void => {
  for (const device of devices) line(device.name, device.texts(id).join('  |  '))
}

heading(1, 'Alice and Bob talk; all four devices show the same')
const first = await phone.client.send({ user: bobId }, { text: 'Hi Bob, are you there?' })
const direct = first.conversationId
await bob.until('the first message', () => bob.texts(direct).length === 1)
await bob.client.send(direct, { text: 'I am.' })
await laptop.until('the answer', () => laptop.texts(direct).length === 2)
await laptop.client.send(direct, { text: 'Good, from my laptop too.' })
for (const device of all) await device.until('three messages', () => device.texts(direct).length === 3)
show(all, direct)
check(
  all.every((device) => device.texts(direct).join() === phone.texts(direct).join()),
  'one order on every device',
)

heading(2, 'Only they can read it')
const [mine, theirs] = [phone.client.identityOf(bobId), bob.client.identityOf(aliceId)]
line('alice sees', `safety number ${mine?.safetyNumber}`)
line('bob sees', `safety number ${theirs?.safetyNumber}`)
check(
  mine !== undefined && mine.safetyNumber === theirs?.safetyNumber,
  'the safety numbers agree: nobody sits in between',
)
const stored = await server.storedBody(direct, first.revision, phone)
line('server has', `${stored.length} bytes: ${stored.subarray(0, 40).toString('hex')}...`)
check(!stored.includes('Hi Bob'), 'the server stores ciphertext alone')

heading(3, 'A reaction, an edit, a deletion')
const [greeting] = bob.seen.filter((event) => event.type === 'message')
if (greeting === undefined) throw new Error('no message to refer to')
const target = { messageId: first.messageId, revision: first.revision, seq: first.seq }
await bob.client.react(direct, target, { emoji: '+1' })
await phone.client.edit(direct, target, { text: 'Hi Bob!' })
const mistake = await bob.client.send(direct, { text: 'wrong chat, sorry' })
const deletion = await bob.client.delete(direct, {
  messageId: mistake.messageId,
  revision: mistake.revision,
  seq: mistake.seq,
})
await laptop.until('the deletion', () => laptop.seen.some((event) => event.type === 'deletion'))
for await (const message of laptop.client.history(direct, { atLeast: deletion.position })) {
  const { content } = message
  const body = message.deleted
    ? '(deleted)'
    : content?.type === 'text' || content?.type === 'edit'
      ? content.body.text
      : '?'
  const notes = [message.edited && 'edited', message.reactions.length > 0 && `${message.reactions.length} reaction`]
  line(`seq ${message.seq}`, [`${message.actor.userId}: ${body}`, ...notes.filter(Boolean)].join('  · '))
}

heading(4, 'Receipts: who got it, who read it, per device')
await bob.client.markRead(direct, first.seq)
const receipts: MessageReceipt[] = []
for (let tries = 0; tries < 100 && !receipts.some((one) => one.userId === bobId && one.readAt !== null); tries += 1) {
  receipts.length = 0
  for await (const one of phone.client.messageReceipts(first.messageId)) receipts.push(one)
  await new Promise((resolve) => setTimeout(resolve, 50))
}
const time = (at: number | null): string => (at === null ? '-' : new Date(at).toISOString().slice(11, 23))
table(
  ['device', 'delivered', 'read'],
  receipts.map((one) => [`${one.userId}/${one.deviceId}`, time(one.deliveredAt), time(one.readAt)]),
)
check(
  receipts.some((one) => one.userId === bobId && one.readAt !== null),
  'Bob has read the first message',
)

heading(5, 'A group')
const group = phone.client.createGroup({ members: [bobId], name: 'Weekend' })
await group.done
await phone.client.send(group.conversationId, { text: 'Who brings the tent?' })
await bob.until('the group', () => bob.texts(group.conversationId).length === 1)
await bob.client.send(group.conversationId, { text: 'I do.' })
for (const device of all) await device.until('the group', () => device.texts(group.conversationId).length === 2)
show(all, group.conversationId)

heading(6, 'A stranger has to ask')
const carol = await openFirstDevice(server, server.user('carol'), 'phone')
// As it is when nobody has set anything.
await phone.client.setConsent({ groups: 'known' })
const offer = carol.client.createGroup({ members: [aliceId] })
await offer.done
await carol.client.send(offer.conversationId, { text: 'Hello Alice, we need a fourth player.' })
let [request] = await phone.client.requests()
for (let tries = 0; tries < 100 && request === undefined; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 50))
  request = (await phone.client.requests())[0]
}
line('alice sees', `a request of ${request?.from} to be in a ${request?.kind}, and nothing of it yet`)
check(
  request?.conversationId === offer.conversationId && phone.texts(offer.conversationId).length === 0,
  'nobody is put among strangers without a say',
)
await phone.client.accept(offer.conversationId)
for (const device of [phone, laptop])
  await device.until('what Carol said', () => device.texts(offer.conversationId).length === 1)
show([phone, laptop], offer.conversationId)

heading(7, `Bob's tablet goes away, and misses ${away} messages`)
await tablet.goOffline()
const before = tablet.texts(direct).length
const sends = []
for (let number = 1; number <= away; number += 1)
  sends.push(
    (number % 2 === 0 ? phone : bob).client.send(number % 3 === 0 ? group.conversationId : direct, {
      text: `message ${number}`,
    }),
  )
const results = await Promise.all(sends)
line('alice, bob', `${results.length} messages sent and acknowledged`)
const resumedAt = performance.now()
tablet = await tablet.comeBack()
const missed = (): number => tablet.texts(direct).length - before + tablet.texts(group.conversationId).length - 2
await tablet.until('everything it missed', () => missed() === away)
line(
  tablet.name,
  `back: resumed "since position N", ${missed()} messages in ${Math.round(performance.now() - resumedAt)} ms`,
)
for (const id of [direct, group.conversationId])
  await phone.until('the same', () => phone.texts(id).length === tablet.texts(id).length)
check(
  [direct, group.conversationId].every((id) => tablet.texts(id).join() === phone.texts(id).join()),
  'no gap, no duplicate, the same order as on the phone that was never away',
)

heading(8, 'The inbox and the history, by REST')
const last = results.at(-1)
const inbox = []
for await (const entry of bob.client.inbox(last ? { atLeast: last.position } : {})) inbox.push(entry)
table(
  ['conversation', 'kind', 'messages', 'unread'],
  inbox.map(({ conversation, peer, unread }) => [
    peer === null ? (conversation.name ?? '') : peer,
    conversation.kind,
    String(conversation.lastSeq),
    unread > 99 ? '99+' : String(unread),
  ]),
)
let count = 0
for await (const _ of bob.client.history(direct, { limit: 200 })) count += 1
line('bob/phone', `GET /messages pages through ${count} messages of the direct conversation`)
check(count === inbox.find(({ peer }) => peer === aliceId)?.conversation.lastSeq, 'the history is complete')

for (const device of [phone, laptop, bob, tablet, carol]) await device.client.close()
await server.stop()
say(`\nDone in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
