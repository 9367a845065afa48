import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directConversationId } from '../../src/protocol/direct-conversation-id.ts'
import { cipher, participate, startGroup } from '../support/server-conversation.ts'
import { everythingToldTo } from '../support/server-everything.ts'
import { openServer, type ServerProcess } from '../support/server-process.ts'
import { type Method, type RestUser, restOf } from '../support/server-rest.ts'
import { openSocket } from '../support/server-socket.ts'
import { openTokens, type Tokens } from '../support/server-tokens.ts'

let server: ServerProcess
let tokens: Tokens
let [alice, bob, carol, mallory]: RestUser[] = []

beforeAll(async () => {
  server = await openServer()
  await server.start()
  tokens = await openTokens(server.directory)
  ;[alice, bob, carol, mallory] = await Promise.all(
    ['alice', 'bob', 'carol', 'mallory'].map((user) => restOf(server.url, tokens, user)),
  )
})
afterAll(() => server.discard())

const user = (rest: RestUser | undefined): RestUser => {
  if (rest === undefined) throw new Error('The server did not start')
  return rest
}

type Attempt = readonly [method: Method, path: string, body?: object]

/** Every route that names a conversation or a message. */
const attemptsOn = (id: string, messageId: string, revision: number): readonly Attempt[] => {
  const numbers = { clientSeq: 1, afterClientSeq: 0 }
  const message = { conversationId: id, messageId: randomUUID(), ciphertext: cipher('x'), ...numbers }
  const relating = (kind: string) => ({ ...message, messageId: randomUUID(), relatesTo: { messageId, revision, kind } })
  const { ciphertext: _, ...deletion } = relating('delete')
  return [
    ['GET', `/conversations/${id}`],
    ['GET', `/conversations/${id}/members`],
    ['GET', `/conversations/${id}/members?limit=1`],
    ['GET', `/conversations/${id}/events`],
    ['GET', `/conversations/${id}/events?from=1&limit=1`],
    ['GET', `/messages?conversationId=${id}`],
    ['GET', `/messages?conversationId=${id}&before=2`],
    ['GET', `/messages?conversationId=${id}&after=1`],
    ['GET', `/messages/${messageId}/receipts`],
    ['POST', '/messages', message],
    ['POST', '/messages', { ...message, clientSeq: 7, afterClientSeq: 6 }],
    ...['edit', 'reaction', 'reply'].map((kind): Attempt => ['POST', '/messages', relating(kind)]),
    ['POST', '/messages', deletion],
    ['PATCH', `/conversations/${id}`, { name: cipher('x'), ...numbers }],
    ['PATCH', `/conversations/${id}`, { description: cipher('x'), ...numbers }],
    ['PATCH', `/conversations/${id}`, { retentionSeconds: 1, ...numbers }],
    ['POST', `/conversations/${id}/members`, { userIds: ['mallory'], ...numbers }],
    ['PATCH', `/conversations/${id}/members/alice`, { role: 'member', ...numbers }],
    ['DELETE', `/conversations/${id}/members/alice?clientSeq=1&afterClientSeq=0`],
    ['DELETE', `/conversations/${id}/members/mallory?clientSeq=1&afterClientSeq=0`],
    ['POST', `/conversations/${id}/ack`, { upToSeq: 1, status: 'read' }],
    ['POST', `/conversations/${id}/ack`, { upToSeq: 9999, status: 'delivered' }],
  ]
}

const framesOn = (id: string, messageId: string, revision: number): readonly object[] => [
  {
    type: 'send_message',
    conversationId: id,
    messageId: randomUUID(),
    ciphertext: cipher('x'),
    clientSeq: 1,
    afterClientSeq: 0,
  },
  {
    type: 'send_message',
    conversationId: id,
    messageId: randomUUID(),
    ciphertext: cipher('x'),
    clientSeq: 9,
    afterClientSeq: 8,
  },
  {
    ...{ type: 'send_message', conversationId: id, messageId: randomUUID(), clientSeq: 1, afterClientSeq: 0 },
    relatesTo: { messageId, revision, kind: 'delete' },
  },
  { type: 'message_ack', conversationId: id, upToSeq: 1, status: 'read' },
  { type: 'message_ack', conversationId: id, upToSeq: 9999, status: 'read' },
  { type: 'typing_indicator', conversationId: id, typing: true },
]

/** Without what differs from request to request. */
const plain = (text: string): string => text.replace(/"requestId":"[^"]*"/, '').replace(/"id":\d+/, '')

describe('privacy', () => {
  it('[R4] to an outsider a conversation, its messages and its members are as unknown as one that does not exist', async () => {
    const { conversationId, owner } = await startGroup(user(alice), ['bob'])
    const { messageId, revision } = await owner.send('secret')
    const real = attemptsOn(conversationId, messageId, revision)
    const made = attemptsOn(randomUUID(), randomUUID(), revision)
    for (const [index, attempt] of real.entries()) {
      const [answer, other] = [await user(mallory)(...attempt), await user(mallory)(...(made[index] ?? attempt))]
      expect([answer.status, plain(answer.text)], attempt.join(' ')).toEqual([other.status, plain(other.text)])
      expect([404, 409], attempt.join(' ')).toContain(answer.status)
    }
  })

  it('[R4] over the socket too, and nobody hears of the attempt', async () => {
    const { conversationId, owner } = await startGroup(user(alice), ['bob'])
    const { messageId, revision } = await owner.send('secret')
    const [inside, outside] = [
      await openSocket(server.socketUrl, await tokens('bob', 'tablet'), 'tablet'),
      await openSocket(server.socketUrl, await tokens('mallory')),
    ]
    await Promise.all([inside.connect(), outside.connect()])
    const made = framesOn(randomUUID(), randomUUID(), revision)
    for (const [index, frame] of framesOn(conversationId, messageId, revision).entries()) {
      const [answer, other] = [await outside.ask(frame), await outside.ask(made[index] ?? frame)]
      expect(answer?.type, JSON.stringify(frame)).toBe('error')
      expect(plain(JSON.stringify(answer))).toBe(plain(JSON.stringify(other)))
    }
    await sleep(100)
    expect(inside.frames.filter(({ type }) => type !== 'heartbeat' && type !== 'reply')).toEqual([])
    expect(outside.ofType('events')).toEqual([])
    inside.drop()
    outside.drop()
  })

  it('[R4] nobody gets into the direct conversation of two others by its id', async () => {
    const id = directConversationId('alice', 'bob')
    const sent = await user(alice)('POST', '/messages', {
      ...{
        recipientId: 'bob',
        messageId: randomUUID(),
        ciphertext: cipher('for bob'),
        clientSeq: 1,
        afterClientSeq: 0,
      },
    })
    for (const attempt of attemptsOn(id, sent.json.messageId, sent.json.revision)) {
      const answer = await user(mallory)(...attempt)
      expect(answer.status, attempt.join(' ')).toBeGreaterThanOrEqual(400)
      expect(answer.text).not.toContain(cipher('for bob'))
    }
    expect(
      (
        await user(mallory)('POST', '/conversations', {
          conversationId: id,
          members: [],
          clientSeq: 1,
          afterClientSeq: 0,
        })
      ).status,
    ).toBe(400)
  })

  it('[R4] a member sees nothing from before he joined, and guesses nothing of it', async () => {
    const { conversationId, owner } = await startGroup(user(alice), ['bob'])
    const old = await owner.send('before carol')
    await owner.send('edited before carol', { messageId: old.messageId, revision: old.revision, kind: 'edit' })
    await owner.send('reaction before carol', { messageId: old.messageId, revision: old.revision, kind: 'reaction' })
    await owner.add('carol')
    const seen = await owner.send('with carol')
    const told = await everythingToldTo(server, user(carol), await tokens('carol'), conversationId, [old.messageId])
    expect(told).toContain(cipher('with carol'))
    for (const hidden of ['before carol', 'edited before carol', 'reaction before carol'])
      expect(told).not.toContain(cipher(hidden))
    expect(told).not.toContain(old.messageId)
    const guessed = await user(carol)('POST', '/messages', {
      ...{ conversationId, messageId: randomUUID(), ciphertext: cipher('x'), clientSeq: 1, afterClientSeq: 0 },
      relatesTo: { messageId: seen.messageId, revision: old.revision, kind: 'reaction' },
    })
    expect(guessed.json.code).toBe('unknown_target')
  })

  it('[R4] a former member keeps what he saw, and learns nothing of what came after', async () => {
    const { conversationId, owner } = await startGroup(user(alice), ['bob', 'carol'], 'first name')
    const shared = await owner.send('all three')
    await participate(user(bob), conversationId).send('from bob')
    const socket = await openSocket(server.socketUrl, await tokens('carol', 'tablet'), 'tablet')
    await socket.connect()
    await owner.remove('carol')
    await socket.until(() => socket.ofType('events')[0], 'the removal')
    const after = await owner.send('without carol')
    await owner.send('edited without carol', { messageId: shared.messageId, revision: shared.revision, kind: 'edit' })
    await owner.send('reacted without carol', {
      messageId: shared.messageId,
      revision: shared.revision,
      kind: 'reaction',
    })
    await owner.rename('second name')
    await owner.add('dave')
    await participate(user(bob), conversationId, 1).send('bob without carol')
    await user(bob)('POST', `/conversations/${conversationId}/ack`, { upToSeq: after.seq, status: 'read' })
    const told = await everythingToldTo(server, user(carol), await tokens('carol'), conversationId, [
      shared.messageId,
      after.messageId,
    ])
    const live = JSON.stringify(socket.frames)
    expect(told).toContain(cipher('all three'))
    const hidden = [
      'without carol',
      'edited without carol',
      'reacted without carol',
      'bob without carol',
      'second name',
    ]
    for (const text of hidden) expect(told + live, text).not.toContain(cipher(text))
    expect(told + live).not.toContain('dave')
    expect(told + live).not.toContain(after.messageId)
    const typing = await socket.ask({ type: 'typing_indicator', conversationId, typing: true })
    const acknowledged = await socket.ask({ type: 'message_ack', conversationId, upToSeq: shared.seq, status: 'read' })
    expect([typing, acknowledged].map((answer) => answer?.type === 'error' && answer.code)).toEqual([
      'not_found',
      'not_found',
    ])
    socket.drop()
  })

  it('[R4] one who comes back sees both his times and not what lay between', async () => {
    const { conversationId, owner } = await startGroup(user(alice), ['carol'])
    await owner.send('first time')
    await owner.remove('carol')
    const between = await owner.send('in between')
    await owner.add('carol')
    const again = await owner.send('second time')
    await owner.send('edited in between', { messageId: between.messageId, revision: between.revision, kind: 'edit' })
    const told = await everythingToldTo(server, user(carol), await tokens('carol'), conversationId, [between.messageId])
    expect(told).toContain(cipher('first time'))
    expect(told).toContain(cipher('second time'))
    expect(told).not.toContain(cipher('in between'))
    const { json } = await user(carol)('GET', `/inbox?atLeast=${again.position}`)
    const entry = json.items.find(
      (one: { conversation: { conversationId: string } }) => one.conversation.conversationId === conversationId,
    )
    expect(entry.lastMessage.messageId).toBe(again.messageId)
    expect(entry.unread).toBe(1)
  })
})
