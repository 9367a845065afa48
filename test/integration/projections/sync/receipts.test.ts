import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Receipt } from '../../../../src/ports/deltas.ts'
import type { EncodedPage } from '../../../../src/projections/sync/sync-service.ts'
import { openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

let side: ReadSide
beforeEach(async () => {
  side = await openReadSide()
})
afterEach(() => side.close())

const pages = async (user: string, since: bigint, limit: number): Promise<readonly EncodedPage[]> => {
  const cursor = await side.sync.resume(user, side.sync.checkpoint([since]))
  const found: EncodedPage[] = []
  do found.push(await cursor.next(limit))
  while (found.at(-1)?.more)
  return found
}
const receiptsOf = (found: readonly EncodedPage[]): readonly Receipt[] => found.flatMap((page) => page.receipts)

test('a resume brings the newest watermark of each device that moved since, once, and no other', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob', 'cyd'])
  for (let n = 0; n < 5; n += 1) await group.send('ann', 'AAAA')
  await group.receipts([{ user: 'cyd', delivered: 5 }], 10)
  const since = await side.log.head()
  await group.receipts([{ user: 'bob', delivered: 2 }], 20)
  await group.receipts(
    [
      { user: 'bob', delivered: 4, read: 3 },
      { user: 'bob', device: 'tablet', delivered: 1 },
    ],
    30,
  )

  const receipts = receiptsOf(await pages('ann', since, 100))
  const { id: conversationId } = group
  expect(receipts).toHaveLength(2)
  expect(receipts).toContainEqual({ conversationId, userId: 'bob', deviceId: 'phone', delivered: 4, read: 3, at: 30 })
  expect(receipts).toContainEqual({ conversationId, userId: 'bob', deviceId: 'tablet', delivered: 1, at: 30 })
})

test('receipts move without an event of the conversation, and still come', async () => {
  const direct = openConversation(side.log, 1)
  await direct.start('ann', ['bob'], 'direct')
  await direct.send('ann', 'AAAA')
  const since = await side.log.head()
  await direct.receipts([{ user: 'bob', read: 1, delivered: 1 }], 20)
  const found = await pages('ann', since, 10)
  expect(found).toHaveLength(1)
  expect(found[0]?.events.count).toBe(0)
  expect(receiptsOf(found)).toHaveLength(1)
})

test('C6: a device that is cut off after any page and comes back with its checkpoint misses no watermark', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  for (let n = 1; n <= 9; n += 1) {
    await group.send('ann', 'AAAA')
    await group.receipts([{ user: 'bob', device: `d${n}`, delivered: n }], n)
  }
  const found = await pages('ann', 0n, 2)
  for (let cut = 1; cut < found.length; cut += 1) {
    const before = found.slice(0, cut)
    const after = await pages('ann', before.at(-1)?.upTo[0] ?? 0n, 100)
    const devices = receiptsOf([...before, ...after]).map((receipt) => receipt.deviceId)
    expect(devices.sort()).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7', 'd8', 'd9'])
  }
})

test('R4: a former member and one who joined after the message get no watermarks of it', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob', 'cyd'])
  await group.send('ann', 'AAAA')
  await group.remove('ann', 'cyd')
  await group.add('ann', ['dan'])
  await group.receipts([{ user: 'bob', delivered: 1 }], 20)
  expect(receiptsOf(await pages('cyd', 0n, 100))).toEqual([])
  expect(receiptsOf(await pages('dan', 0n, 100))).toEqual([])
  expect(receiptsOf(await pages('ann', 0n, 100))).toHaveLength(1)
})
