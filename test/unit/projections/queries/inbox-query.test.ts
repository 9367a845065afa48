import { afterEach, beforeEach, expect, test } from 'vitest'
import { refusal } from '../../../support/projections/error-code.ts'
import { idOf, openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

let side: ReadSide
beforeEach(async () => {
  side = await openReadSide()
})
afterEach(() => side.close())

const inbox = async (user: string, limit = 50, cursor?: string) => {
  await side.settled()
  return side.queries.inbox(user, { limit, cursor })
}
const idsOf = (page: Awaited<ReturnType<typeof inbox>>) => page.items.map((entry) => entry.conversation.conversationId)

test('the conversation with the newest message comes first, and pages follow without repeating any', async () => {
  const all = [1, 2, 3, 4, 5].map((n) => openConversation(side.log, n, n * 1_000))
  for (const one of all) await one.start('ann', ['bob'])
  await all[1]?.send('bob', 'AAAA', 9_000)
  const first = await inbox('ann', 2)
  const second = await inbox('ann', 2, first.cursor)
  const third = await inbox('ann', 2, second.cursor)
  expect([first, second, third].map(idsOf)).toEqual([[idOf(2), idOf(5)], [idOf(4), idOf(3)], [idOf(1)]])
  expect(third.cursor).toBeUndefined()
})

test('conversations of the same moment come in the order of their ids, over pages as well', async () => {
  for (const n of [4, 2, 5, 1, 3]) await openConversation(side.log, n).start('ann', ['bob'])
  await openConversation(side.log, 6, 500).start('ann', ['bob'])
  const found: string[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page = await inbox('ann', 2, cursor || undefined)
    found.push(...idsOf(page))
    cursor = page.cursor
  }
  expect(found).toEqual([1, 2, 3, 4, 5, 6].map(idOf))
})

test('R1: cursors are bound to their user', async () => {
  for (const n of [1, 2]) await openConversation(side.log, n).start('ann', ['bob'])
  const { cursor } = await inbox('ann', 1)
  expect(await refusal(inbox('bob', 1, cursor))).toBe('bad_cursor')
})

test('a direct conversation names the peer, notes to self name oneself, a group nobody', async () => {
  await openConversation(side.log, 1, 1_000).start('bob', ['ann'], 'direct')
  await openConversation(side.log, 2, 2_000).start('ann', [], 'direct')
  await openConversation(side.log, 3, 3_000).start('ann', ['bob'])
  const { items } = await inbox('ann')
  expect(items.map(({ peer, role }) => [peer, role])).toEqual([
    [null, 'owner'],
    ['ann', 'owner'],
    ['bob', 'member'],
  ])
})

test('unread counts foreign, undeleted messages above what any own device has read', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const unread = async () => (await inbox('ann')).items[0]?.unread
  for (let n = 0; n < 3; n += 1) await group.send('bob', 'AAAA')
  await group.send('ann', 'AAAA')
  expect(await unread()).toBe(3)
  await group.receipts(
    [
      { user: 'ann', device: 'tablet', delivered: 1, read: 1 },
      { user: 'bob', delivered: 4, read: 4 },
    ],
    9,
  )
  expect(await unread()).toBe(2)
  await group.delete('bob', await group.send('bob', 'AAAA'))
  expect(await unread()).toBe(2)
  await group.receipts([{ user: 'ann', delivered: 5, read: 5 }], 10)
  expect(await unread()).toBe(0)
  for (let n = 0; n < 150; n += 1) await group.send('bob', 'AAAA')
  expect(await unread()).toBe(100)
})

test('one who joins later has no unread and no last message from before, and one who left has no entry', async () => {
  const group = openConversation(side.log, 1)
  await group.start('bob', ['cyd'])
  await group.send('bob', 'AAAA')
  await group.add('bob', ['ann'])
  await group.leave('cyd')
  expect((await inbox('ann')).items[0]).toMatchObject({ unread: 0, lastMessage: null })
  expect((await inbox('cyd')).items).toEqual([])
  await group.send('bob', 'BBBB')
  expect((await inbox('ann')).items[0]).toMatchObject({ unread: 1, lastMessage: { seq: 2, ciphertext: 'BBBB' } })
})

test('a deleted last message is shown as deleted', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', [])
  await group.delete('ann', await group.send('ann', 'AAAA'))
  const [entry] = (await inbox('ann')).items
  expect(entry?.lastMessage).toMatchObject({ seq: 1, ciphertext: null, deleted: { by: 'ann' } })
})

test('the inbox of nobody is empty', async () => {
  expect(await inbox('nobody')).toEqual({ items: [] })
})
