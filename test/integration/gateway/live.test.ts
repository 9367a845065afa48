import { randomUUID } from 'node:crypto'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { messageId } from '../../../src/domain/ids.ts'
import { actor } from '../../support/commands/harness.ts'
import { openClient } from '../../support/gateway/client.ts'
import { createWorld, type World } from '../../support/gateway/world.ts'
import { encryptedTo } from '../../support/groups/beginning.ts'

describe('live traffic through the gateway', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(() => world.close())

  it('[C1] answers connect with the session, its limits and recovered:false when there is no checkpoint', async () => {
    const alice = await openClient(world.url, { user: 'alice' })
    const reply = await alice.connect()
    expect(reply).toMatchObject({
      type: 'reply',
      result: { userId: 'alice', deviceId: 'phone', recovered: false, maxInFlight: 128, maxFrameBytes: 131072 },
    })
  })

  it('[M1] acknowledges a message to its sender and pushes it to everybody else, other devices of the sender included', async () => {
    const group = await world.startGroup('alice', 'bob')
    const phone = await openClient(world.url, { user: 'alice' })
    const laptop = await openClient(world.url, { user: 'alice', device: 'laptop' })
    const bob = await openClient(world.url, { user: 'bob' })
    for (const client of [phone, laptop, bob]) await client.connect()
    const ciphertext = encryptedTo(group)
    const reply = await phone.message(group, 1, ciphertext)
    expect(reply).toMatchObject({
      type: 'reply',
      result: { conversationId: group, seq: 1, revision: 2, duplicate: false },
    })
    await Promise.all([laptop.eventCount(1), bob.eventCount(1)])
    expect(bob.events()[0]).toMatchObject({ revision: 2, type: 'MessageSent', data: { ciphertext, seq: 1 } })
    await bob.message(group, 1)
    await phone.eventCount(1)
    expect(phone.events().map((event) => event.revision)).toEqual([3])
  })

  it("pushes a device what it sends over REST, and not what its socket's answer tells", async () => {
    const group = await world.startGroup('alice', 'bob')
    const phone = await openClient(world.url, { user: 'alice' })
    await phone.connect()
    await phone.message(group, 1)
    const numbers = { clientSeq: 2, afterClientSeq: 1 }
    const command = {
      type: 'SendMessage' as const,
      actor: actor('alice'),
      messageId: messageId(randomUUID()),
      ...numbers,
    }
    await world.commands.execute(group, command, encryptedTo(group))
    await phone.eventCount(1)
    expect(phone.events().map((event) => event.data.clientSeq)).toEqual([2])
  })

  it('[M1] finds a direct conversation by recipientId, once it was started', async () => {
    const alice = await openClient(world.url, { user: 'alice' })
    const bob = await openClient(world.url, { user: 'bob' })
    await alice.connect()
    await bob.connect()
    const messageId = '018f3c1e-0000-7000-8000-000000000001'
    const ciphertext = encryptedTo(directConversationId('alice', 'bob'))
    const numbers = { clientSeq: 1, afterClientSeq: 0 }
    const frame = { type: 'send_message', recipientId: 'bob', messageId, ...numbers, ciphertext }
    expect(await alice.request(frame)).toMatchObject({ type: 'error', code: 'not_found' })
    expect(await world.log.head()).toBe(0n)
    const conversationId = await world.startDirect('alice', 'bob')
    const reply = await alice.request(frame)
    expect(reply).toMatchObject({ type: 'reply', result: { conversationId, messageId, seq: 1, duplicate: false } })
    await bob.eventCount(3)
    expect(bob.events().map((event) => event.type)).toEqual(['ConversationStarted', 'GroupCommitted', 'MessageSent'])
  })

  it('[E1] refuses what is not encrypted to the group of the conversation, and pushes nothing of it', async () => {
    const group = await world.startGroup('alice', 'bob')
    const alice = await openClient(world.url, { user: 'alice' })
    const bob = await openClient(world.url, { user: 'bob' })
    await alice.connect()
    await bob.connect()
    const other = await world.startGroup('alice', 'carol')
    for (const ciphertext of ['aGVsbG8=', encryptedTo(other)]) {
      expect(await alice.message(group, 1, ciphertext)).toMatchObject({ code: 'not_ciphertext', temporary: false })
    }
    const ciphertext = encryptedTo(group)
    expect(await alice.message(group, 1, ciphertext)).toMatchObject({ type: 'reply', result: { seq: 1 } })
    await bob.eventCount(1)
    expect(bob.events()).toMatchObject([{ revision: 2, data: { ciphertext } }])
  })

  it('[M2] answers a repeated message with its original result', async () => {
    const group = await world.startGroup('alice', 'bob')
    const alice = await openClient(world.url, { user: 'alice' })
    await alice.connect()
    const messageId = '018f3c1e-0000-7000-8000-000000000002'
    const frame = {
      type: 'send_message',
      conversationId: group,
      messageId,
      clientSeq: 1,
      afterClientSeq: 0,
      ciphertext: encryptedTo(group),
    }
    const [first, again] = [await alice.request(frame), await alice.request(frame)]
    expect(first).toMatchObject({ result: { seq: 1, duplicate: false } })
    expect(again).toMatchObject({ result: { seq: 1, duplicate: true } })
  })

  it('[M5] answers message_ack with an id when it is durable, and tells of errors of one without', async () => {
    const group = await world.startGroup('alice', 'bob')
    const bob = await openClient(world.url, { user: 'bob' })
    await bob.connect()
    await bob.message(group, 1)
    const ack = { type: 'message_ack', conversationId: group, status: 'read' }
    expect(await bob.request({ ...ack, upToSeq: 1 })).toMatchObject({ type: 'reply', result: {} })
    bob.send({ ...ack, upToSeq: 7 })
    const error = await bob.next('error')
    expect(error).toMatchObject({ code: 'beyond_last_seq', temporary: false })
    expect(error.id).toBeUndefined()
  })

  it('pushes one shared frame to a large audience, and each sender only what others sent', async () => {
    const users = Array.from({ length: 12 }, (_, index) => `user${index}`)
    const group = await world.startGroup('user0', ...users.slice(1))
    const clients = await Promise.all(users.map((user) => openClient(world.url, { user })))
    for (const client of clients) await client.connect()
    await Promise.all(clients.slice(0, 3).map((client) => client.message(group, 1)))
    await Promise.all(clients.map((client, index) => client.eventCount(index < 3 ? 2 : 3)))
    for (const [index, client] of clients.entries()) {
      expect(client.events().some((event) => event.actor.userId === `user${index}`)).toBe(false)
    }
  })
})
