import { afterEach, beforeEach, expect, test } from 'vitest'
import { refusal } from '../../../support/projections/error-code.ts'
import { idOf, openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

let side: ReadSide
beforeEach(async () => {
  side = await openReadSide()
})
afterEach(() => side.close())

test('a member sees the facts, and where the membership begins', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', [])
  await group.rename('ann', 'TmFtZQ==')
  await group.send('ann', 'AAAA')
  await group.add('ann', ['bob'])
  await side.settled()
  expect(await side.queries.conversation('bob', group.id)).toMatchObject({
    conversation: { kind: 'group', name: 'TmFtZQ==', memberCount: 2, lastSeq: 1, lastRevision: 3 },
    role: 'member',
    visibleFrom: { revision: 3, seq: 2 },
  })
})

test('R4: a former member does not see what changed after leaving', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  await group.leave('bob')
  await group.rename('ann', 'TmV3')
  await group.send('ann', 'AAAA')
  await side.settled()
  expect(await side.queries.conversation('bob', group.id)).toMatchObject({
    conversation: { name: null, lastSeq: 0, lastRevision: 1, memberCount: 0 },
    role: null,
  })
  expect(await refusal(side.queries.members('bob', group.id, { limit: 10 }))).toBe('not_found')
})

test('R1: members come by user id in pages', async () => {
  const group = openConversation(side.log, 1)
  await group.start('dan', ['a', 'a.b', 'a-b', 'A', 'zoe'])
  await group.leave('zoe')
  await side.settled()
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await side.queries.members('a', group.id, { limit: 2, cursor })
    found.push(...page.items.map(({ userId }) => userId))
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(found).toEqual(['A', 'a', 'a-b', 'a.b', 'dan'])
  const other = await side.queries.members('a', group.id, { limit: 1 })
  expect(await refusal(side.queries.members('dan', group.id, { limit: 1, cursor: other.cursor }))).toBe('bad_cursor')
})

test('receipts tell when each device got and read one message, for those who were there', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob', 'cyd'])
  const message = await group.send('ann', 'AAAA')
  await group.send('ann', 'AAAA')
  await group.add('ann', ['dan'])
  await group.receipts([{ user: 'bob', delivered: 1 }], 100)
  await group.receipts([{ user: 'bob', delivered: 2 }], 200)
  await group.receipts([{ user: 'bob', read: 1 }], 250)
  await group.receipts(
    [
      { user: 'bob', read: 2 },
      { user: 'bob', device: 'tablet', delivered: 2 },
    ],
    300,
  )
  await group.send('ann', 'AAAA')
  await group.receipts([{ user: 'dan', delivered: 3 }], 400)
  await side.settled()
  const { items, seq } = await side.queries.messageReceipts('ann', message.messageId, { limit: 10 })
  expect(seq).toBe(1)
  expect(items).toEqual([
    { userId: 'bob', deviceId: 'phone', deliveredAt: 100, readAt: 250 },
    { userId: 'bob', deviceId: 'tablet', deliveredAt: 300, readAt: null },
  ])
  const first = await side.queries.messageReceipts('cyd', message.messageId, { limit: 1 })
  const second = await side.queries.messageReceipts('cyd', message.messageId, { limit: 5, cursor: first.cursor })
  expect([...first.items, ...second.items]).toEqual(items)
})

test('R4: a former member is not told who got or read a message after that', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob', 'cyd'])
  const message = await group.send('ann', 'AAAA')
  await group.receipts([{ user: 'bob', delivered: 1 }], 1_001)
  await group.leave('cyd')
  await group.receipts([{ user: 'bob', read: 1 }], 5_000)
  await group.receipts([{ user: 'ann', device: 'tablet', delivered: 1 }], 5_001)
  await side.settled()
  const { items } = await side.queries.messageReceipts('cyd', message.messageId, { limit: 10 })
  expect(items).toEqual([{ userId: 'bob', deviceId: 'phone', deliveredAt: 1_001, readAt: null }])
})

test('R4: receipts of a message that one may not see, or that does not exist, are not_found', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', [])
  const message = await group.send('ann', 'AAAA')
  await group.add('ann', ['dan'])
  await side.settled()
  for (const [user, id] of [
    ['eve', message.messageId],
    ['dan', message.messageId],
    ['ann', idOf(5)],
  ] as const)
    expect(await refusal(side.queries.messageReceipts(user, id, { limit: 1 }))).toBe('not_found')
})

test('M2: the original of an old command is found by its message or by its number, and never as another one', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const message = await group.send('ann', 'AAAA')
  await group.rename('ann', 'TmFtZQ==')
  await side.settled()
  const ann = { userId: 'ann', deviceId: 'phone' }
  const originalOf = side.queries.originalOf
  expect(await originalOf(group.id, ann, 2, message.messageId)).toBe(message.revision)
  expect(await originalOf(group.id, ann, 3)).toBe(2)
  expect(await originalOf(group.id, { ...ann, deviceId: 'tablet' }, 2, message.messageId)).toBeUndefined()
  expect(await originalOf(group.id, { ...ann, userId: 'bob' }, 2, message.messageId)).toBeUndefined()
  expect(await originalOf(idOf(2), ann, 2, message.messageId)).toBeUndefined()
  expect(await originalOf(group.id, ann, 9)).toBeUndefined()
})
