import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedDocuments } from '../../../../src/adapters/embedded/documents/open-documents.ts'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { textsOf } from '../../../support/projections/event-texts.ts'
import { type Conversation, openConversation, openReadSide } from '../../../support/projections/read-side.ts'

const open = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-sync-'))
  const documents = await openEmbeddedDocuments({ directory })
  const side = await openReadSide({ log: await openEmbeddedLog({ directory }), documents })
  const close = async () => {
    await side.close()
    await documents.close()
    await rm(directory, { recursive: true })
  }
  return { ...side, close }
}

test('P4: over the files of the embedded profile, a device that was away gets its part of many conversations in one order', async () => {
  const side = await open()
  const all: Conversation[] = Array.from({ length: 120 }, (_, n) => openConversation(side.log, n + 1))
  await Promise.all(all.map((one, n) => one.start('ann', n % 3 === 0 ? ['bob', 'cyd'] : ['cyd'])))
  const since = side.sync.checkpoint([await side.log.head()])
  for (let round = 0; round < 20; round += 1) await Promise.all(all.map((one) => one.send('ann', 'QUFBQQ==')))
  await all[0]?.remove('ann', 'bob')
  await all[0]?.send('ann', 'QkJCQg==')

  const got: { stream: { id: string }; revision: number; position: string }[] = []
  const cursor = await side.sync.resume('bob', since)
  for (let more = true; more; ) {
    const page = await cursor.next(77)
    got.push(...textsOf(page).map((text) => JSON.parse(text)))
    more = page.more
  }
  const mine = new Set(all.filter((_, n) => n % 3 === 0).map(({ id }) => id))
  expect(got).toHaveLength(mine.size * 20 + 1)
  expect(new Set(got.map(({ stream }) => stream.id))).toEqual(mine)
  const positions = got.map(({ position }) => Number(position))
  expect(positions).toEqual(positions.toSorted((a, b) => a - b))
  expect(got.filter(({ stream }) => stream.id === all[0]?.id).map(({ revision }) => revision)).toEqual(
    Array.from({ length: 21 }, (_, n) => n + 1),
  )
  await side.close()
})

test('the inbox, history, members and receipts of the embedded profile answer as in memory', async () => {
  const side = await open()
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const message = await group.send('ann', 'QUFBQQ==')
  await group.react('bob', message, 'QkJCQg==')
  await group.receipts([{ user: 'bob', delivered: 1, read: 1 }], 70)
  await side.settled()
  const { queries } = side
  const { items } = await queries.inbox('bob', { limit: 1 })
  expect(items[0]).toMatchObject({ unread: 0, lastMessage: { ciphertext: 'QUFBQQ==' }, watermarks: { read: 1 } })
  const { messages } = await queries.history('bob', group.id, { limit: 5 })
  expect(messages[0]?.reactions).toMatchObject([{ ciphertext: 'QkJCQg==' }])
  expect((await queries.members('bob', group.id, { limit: 5 })).items.map(({ userId }) => userId)).toEqual([
    'ann',
    'bob',
  ])
  expect((await queries.messageReceipts('ann', message.messageId, { limit: 5 })).items).toEqual([
    { userId: 'bob', deviceId: 'phone', deliveredAt: 70, readAt: 70 },
  ])
  const { conversations } = await side.snapshot('ann', { limit: 5 })
  expect(conversations[0]).toMatchObject({ revision: 2, receipts: [{ userId: 'bob', read: 1 }] })
  await side.close()
})
