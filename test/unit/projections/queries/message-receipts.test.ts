import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Target } from '../../../../src/domain/conversation/conversation-events.ts'
import { messageId } from '../../../../src/domain/ids.ts'
import { createQueries } from '../../../../src/projections/queries/create-queries.ts'
import { refusal } from '../../../support/projections/error-code.ts'
import {
  type Conversation,
  idOf,
  openConversation,
  openReadSide,
  type ReadSide,
} from '../../../support/projections/read-side.ts'

let side: ReadSide
beforeEach(async () => {
  side = await openReadSide()
})
afterEach(() => side.close())

/** The id of the first message that somebody sends in a conversation: others may know it before the store does. */
const firstId = (n: number) => messageId(idOf(n * 1_000_000 + 1))

/** A first message whose id is somebody else's. */
const copy = (conversation: Conversation, by: string, of: number) =>
  conversation.append(by, { type: 'MessageSent', data: { messageId: firstId(of), seq: 1 } }, 'AAAA')

/** Conversations of Mallory alone, each with a message of that id. */
const flood = async (of: number, numbers: readonly number[]) => {
  for (const n of numbers) {
    const own = openConversation(side.log, n)
    await own.start('mallory', [])
    await copy(own, 'mallory', of)
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

const receiptsOf = async (user: string, message: Target) => {
  await side.settled()
  const { conversationId, items } = await side.queries.messageReceipts(user, message.messageId, { limit: 50 })
  return { conversationId, readers: items.map(({ userId }) => userId) }
}

const written = async (n: number) => {
  const group = openConversation(side.log, n)
  await group.start('ann', ['bob', 'mallory'])
  const message = await group.send('ann', 'AAAA')
  await group.receipts([{ user: 'bob', delivered: 1, read: 1 }], 9)
  return { group, message, told: { conversationId: group.id, readers: ['bob'] } }
}

test('nobody hides the receipts of a message by conversations of their own that hold its id', async () => {
  await flood(500, [...range(1, 251), ...range(501, 751)])
  const { message, told } = await written(500)
  expect(await receiptsOf('ann', message)).toEqual(told)
  expect(await receiptsOf('bob', message)).toEqual(told)
  expect(await refusal(receiptsOf('cyd', message))).toBe('not_found')
})

test('nor by conversations that they share with who asks: the own message counts, else the first one', async () => {
  const shared = openConversation(side.log, 400, 5_000)
  await shared.start('mallory', ['ann', 'bob'])
  await copy(shared, 'mallory', 500)
  const { message, told } = await written(500)
  expect(await receiptsOf('ann', message)).toEqual(told)
  expect(await receiptsOf('bob', message)).toEqual(told)
  // By a process whose clock is behind.
  const behind = openConversation(side.log, 300, 10)
  await behind.start('mallory', ['ann', 'bob'])
  await copy(behind, 'mallory', 500)
  expect(await receiptsOf('ann', message)).toEqual(told)
})

test('whether an id is used, and where a repeat went, does not depend on foreign conversations', async () => {
  await flood(500, [...range(1, 151), ...range(501, 651)])
  const { group, message } = await written(500)
  await side.settled()
  expect(await side.queries.isIdTaken(group.id, message.messageId)).toBe(true)
  expect(await side.queries.isIdTaken(idOf(900), message.messageId)).toBe(false)
  const sender = { userId: 'ann', deviceId: 'phone' }
  const clientSeq = group.clientSeq('ann')
  expect(await side.queries.originalOf(group.id, sender, clientSeq, message.messageId)).toBe(message.revision)
})

/** How many messages each look into the store has read. */
const counting = () => {
  const read: number[] = []
  const find: typeof side.documents.find = async (collection, query) => {
    const found = await side.documents.find(collection, query)
    if (collection.startsWith('timeline')) read.push(found.length)
    return found
  }
  return { read, queries: createQueries({ ...side, documents: { ...side.documents, find } }) }
}

test('no question about an id reads much of foreign conversations, however many hold it', async () => {
  await flood(500, [...range(1, 251), ...range(501, 751)])
  const { group, message } = await written(500)
  await side.settled()
  const { read, queries } = counting()
  await queries.isIdTaken(group.id, message.messageId)
  await queries.originalOf(group.id, { userId: 'ann', deviceId: 'phone' }, group.clientSeq('ann'), message.messageId)
  expect(read).toEqual([1, 1])
  await queries.messageReceipts('ann', message.messageId, { limit: 50 })
  expect(read.slice(2)).toEqual([100, 100])
})
