import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeGroup } from '../support/groups/fake-group.ts'
import { participate, startGroup } from '../support/server/conversation.ts'
import { everythingToldTo, withDecoded } from '../support/server/everything.ts'
import { attemptsOn, framesOn, madeUp } from '../support/server/outsider.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { type RestUser, restOf } from '../support/server/rest.ts'
import { openSocket } from '../support/server/socket.ts'
import { openTokens, type Tokens } from '../support/server/tokens.ts'

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

/** Without what differs from request to request. */
const plain = (text: string): string => text.replace(/"requestId":"[^"]*"/, '').replace(/"id":\d+/, '')

describe('privacy', () => {
  it('[R4] to an outsider a conversation, its messages and its members are as unknown as one that does not exist', async () => {
    const conversation = await startGroup(user(alice), [user(bob)])
    const { messageId, revision } = await conversation.owner.send('secret')
    const real = attemptsOn({ conversation, messageId, revision })
    const made = attemptsOn(madeUp(revision))
    for (const [index, attempt] of real.entries()) {
      const [answer, other] = [await user(mallory)(...attempt), await user(mallory)(...(made[index] ?? attempt))]
      expect([answer.status, plain(answer.text)], attempt.join(' ')).toEqual([other.status, plain(other.text)])
      expect([404, 409], attempt.join(' ')).toContain(answer.status)
    }
  })

  it('[R4] over the socket too, and nobody hears of the attempt', async () => {
    const conversation = await startGroup(user(alice), [user(bob)])
    const { messageId, revision } = await conversation.owner.send('secret')
    const [inside, outside] = [
      await openSocket(server.socketUrl, await tokens('bob', 'tablet'), 'tablet'),
      await openSocket(server.socketUrl, await tokens('mallory')),
    ]
    await Promise.all([inside.connect(), outside.connect()])
    const made = framesOn(madeUp(revision))
    for (const [index, frame] of framesOn({ conversation, messageId, revision }).entries()) {
      const [answer, other] = [await outside.ask(frame), await outside.ask(made[index] ?? frame)]
      expect(answer?.type, JSON.stringify(frame)).toBe('error')
      expect(plain(JSON.stringify(answer))).toBe(plain(JSON.stringify(other)))
    }
    await sleep(100)
    const ownFrames = new Set(['challenge', 'heartbeat', 'reply'])
    expect(inside.frames.filter(({ type }) => !ownFrames.has(type))).toEqual([])
    expect(outside.ofType('events')).toEqual([])
    inside.drop()
    outside.drop()
  })

  it('[R4] nobody gets into the direct conversation of two others by its id', async () => {
    const conversationId = directConversationId('alice', 'bob')
    const group = createFakeGroup(conversationId)
    const start = { recipientId: 'bob', group: group.begin(user(alice).device, [user(bob).device]) }
    await user(alice)('POST', '/conversations', { ...start, clientSeq: 1, afterClientSeq: 0 })
    const ciphertext = group.message('for bob')
    const message = { recipientId: 'bob', messageId: randomUUID(), ciphertext, clientSeq: 2, afterClientSeq: 1 }
    const { status, json } = await user(alice)('POST', '/messages', message)
    expect(status).toBe(200)
    for (const attempt of attemptsOn({ conversation: { conversationId, group }, ...json })) {
      const answer = await user(mallory)(...attempt)
      expect(answer.status, attempt.join(' ')).toBeGreaterThanOrEqual(400)
      expect(answer.text).not.toContain(ciphertext)
    }
    const taking = { conversationId, members: [], group: createFakeGroup(conversationId).begin(user(mallory).device) }
    const taken = await user(mallory)('POST', '/conversations', { ...taking, clientSeq: 1, afterClientSeq: 0 })
    expect(taken.status).toBe(400)
  })

  it('[R4] a member sees nothing from before joining, and guesses nothing of it', async () => {
    const { conversationId, group, owner } = await startGroup(user(alice), [user(bob)])
    const old = await owner.send('before carol')
    await owner.send('edited before carol', { messageId: old.messageId, revision: old.revision, kind: 'edit' })
    await owner.send('reaction before carol', { messageId: old.messageId, revision: old.revision, kind: 'reaction' })
    await owner.add(user(carol))
    const seen = await owner.send('with carol')
    const told = await everythingToldTo(server, user(carol), await tokens('carol'), conversationId, [old.messageId])
    expect(told.includes('with carol')).toBe(true)
    expect(told.includes('before carol')).toBe(false)
    expect(told.includes(old.messageId)).toBe(false)
    const guessed = await user(carol)('POST', '/messages', {
      ...{ conversationId, messageId: randomUUID(), ciphertext: group.message('x'), clientSeq: 1, afterClientSeq: 0 },
      relatesTo: { messageId: seen.messageId, revision: old.revision, kind: 'reaction' },
    })
    expect(guessed.json.code).toBe('unknown_target')
  })

  it('[R4] a former member keeps what was seen, and learns nothing of what came after', async () => {
    const conversation = await startGroup(user(alice), [user(bob), user(carol)], 'first name')
    const { conversationId, owner } = conversation
    const shared = await owner.send('all three')
    await participate(user(bob), conversation).send('from bob')
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
    await participate(user(bob), conversation, 1).send('bob without carol')
    await user(bob)('POST', `/conversations/${conversationId}/ack`, { upToSeq: after.seq, status: 'read' })
    const told = await everythingToldTo(server, user(carol), await tokens('carol'), conversationId, [
      shared.messageId,
      after.messageId,
    ])
    const live = withDecoded(JSON.stringify(socket.frames))
    expect(told.includes('all three')).toBe(true)
    for (const hidden of ['without carol', 'second name', 'dave']) expect((told + live).includes(hidden)).toBe(false)
    expect((told + live).includes(after.messageId)).toBe(false)
    const typing = await socket.ask({ type: 'typing_indicator', conversationId, typing: true })
    const acknowledged = await socket.ask({ type: 'message_ack', conversationId, upToSeq: shared.seq, status: 'read' })
    expect([typing, acknowledged].map((answer) => answer?.type === 'error' && answer.code)).toEqual([
      'not_found',
      'not_found',
    ])
    socket.drop()
  })

  it('[R4] one who comes back sees both memberships and not what lay between', async () => {
    const { conversationId, owner } = await startGroup(user(alice), [user(carol)])
    await owner.send('first time')
    await owner.remove('carol')
    const between = await owner.send('in between')
    await owner.add(user(carol))
    const again = await owner.send('second time')
    await owner.send('edited afterwards', { messageId: between.messageId, revision: between.revision, kind: 'edit' })
    const told = await everythingToldTo(server, user(carol), await tokens('carol'), conversationId, [between.messageId])
    expect(told.includes('first time')).toBe(true)
    expect(told.includes('second time')).toBe(true)
    expect(told.includes('in between')).toBe(false)
    const { json } = await user(carol)('GET', `/inbox?atLeast=${again.position}`)
    const entry = json.items.find(
      (one: { conversation: { conversationId: string } }) => one.conversation.conversationId === conversationId,
    )
    expect(entry.lastMessage.messageId).toBe(again.messageId)
    expect(entry.unread).toBe(1)
  })
})
