import { randomUUID } from 'node:crypto'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numbered, startDirect, startGroup, text } from '../../support/api/conversations.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'
import { encryptedTo } from '../../support/groups/beginning.ts'

let running: RunningApi
let mallory: Caller
let foreign: string
let message: string

beforeAll(async () => {
  running = await startApi()
  const alice = await createCaller(running, 'alice')
  mallory = await createCaller(running, 'mallory')
  await mallory('GET', '/me')
  await startDirect(alice, 'alice', 'bob')
  foreign = directConversationId('alice', 'bob')
  let position = ''
  for (let number = 2; number < 40; number += 1) {
    const sent = text(number, { conversationId: foreign })
    message = sent.messageId
    position = (await alice('POST', '/messages', sent)).body.position
  }
  await alice('GET', `/inbox?atLeast=${position}`)
})
afterAll(() => running.close())

/** Everything that was read for the answer, which is `not_found`. */
const stepsOf = async (...request: Parameters<Caller>): Promise<readonly string[]> => {
  running.steps.length = 0
  expect((await mallory(...request)).body).toMatchObject({ code: 'not_found' })
  return [...running.steps]
}

const hash = 'a'.repeat(64)
const number = { clientSeq: 1, afterClientSeq: 0 }

type Request = readonly [method: Parameters<Caller>[0], rest: string, body: object | undefined]

const inConversation: readonly Request[] = [
  ['GET', '', undefined],
  ['GET', '/events', undefined],
  ['GET', '/members', undefined],
  ['GET', '/group-info', undefined],
  ['GET', `/blobs/${hash}`, undefined],
  ['PATCH', '', { ...number, retentionSeconds: 60 }],
  ['PATCH', '', { ...number, posting: 'admins' }],
  ['POST', '/ack', { upToSeq: 1, status: 'read' }],
]

describe('[R4] an unknown id and a forbidden one cause the same reads, so that they take the same time', () => {
  test.each(inConversation)('%s /conversations/{id}%s', async (method, rest, body) => {
    const path = (id: string) => `/conversations/${id}${rest}`
    const unknown = await stepsOf(method, path(randomUUID()), body)
    expect(unknown.length).toBeGreaterThan(0)
    expect(await stepsOf(method, path(foreign), body)).toEqual(unknown)
  })

  test('POST /messages, whether the conversation is in memory or not', async () => {
    const to = (conversationId: string) => ({ ...text(1, { conversationId }), ciphertext: encryptedTo(conversationId) })
    const unknown = await stepsOf('POST', '/messages', to(randomUUID()))
    expect(unknown).not.toContain('event')
    expect(await stepsOf('POST', '/messages', to(foreign))).toEqual(unknown)
    // Its state was just used.
    expect(await stepsOf('POST', '/messages', to(foreign))).toEqual(unknown)
  })

  test('GET /messages, and who got a message', async () => {
    const history = (id: string) => stepsOf('GET', `/messages?conversationId=${id}`)
    expect(await history(foreign)).toEqual(await history(randomUUID()))
    const receipts = (id: string) => stepsOf('GET', `/messages/${id}/receipts`)
    expect(await receipts(message)).toEqual(await receipts(randomUUID()))
  })

  test('the devices of somebody, and Welcomes', async () => {
    const devices = (user: string) => stepsOf('GET', `/users/${user}/devices`)
    expect(await devices('alice')).toEqual(await devices('nobody'))
    const welcome = (conversationId: string) =>
      stepsOf('POST', '/devices/phone/welcomes/ack', { conversationId, revision: 1 })
    expect(await welcome(foreign)).toEqual(await welcome(randomUUID()))
  })

  test('somebody who is let in is heard at once, though the views may be behind', async () => {
    const alice = await createCaller(running, 'alice')
    const { conversationId } = await startGroup(alice, 'alice', ['mallory'])
    const sent = await mallory('POST', '/messages', { ...text(1, { conversationId }), ...numbered(1) })
    expect(sent.status).toBe(200)
  })
})
