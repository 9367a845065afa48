import { afterEach, beforeEach, expect, test } from 'vitest'
import { createReceiptsWindow } from '../../../src/commands/receipts-window.ts'
import { deviceId, userId } from '../../../src/domain/ids.ts'
import { decideReceipts } from '../../../src/domain/receipts/receipts-decider.ts'
import type { Watermark } from '../../../src/domain/receipts/receipts-events.ts'
import { initialReceipts } from '../../../src/domain/receipts/receipts-state.ts'
import type { ReceiptsDelta } from '../../../src/ports/deltas.ts'
import { createFanOut } from '../../../src/projections/fan-out/create-fan-out.ts'
import { createLoadRosterAt } from '../../../src/projections/fan-out/load-roster.ts'
import { openConversation, openReadSide, type ReadSide } from '../../support/projections/read-side.ts'

let side: ReadSide
beforeEach(async () => {
  side = await openReadSide()
})
afterEach(() => side.close())

const bobs = { userId: userId('bob'), deviceId: deviceId('phone') }

test('[M5] a private read within one window is marked as private, and counts as delivered for everybody', async () => {
  const appended: Watermark[] = []
  const window = createReceiptsWindow(5, async (_, entries) => void appended.push(...entries))
  await Promise.all([window.add('c', bobs, 3, 'delivered'), window.add('c', bobs, 2, 'read_in_private')])
  expect(appended).toEqual([{ ...bobs, delivered: 3, read: 2, audience: 'self' }])
  const decided = decideReceipts(initialReceipts(), appended, 3, 1)
  expect(decided).toMatchObject({ events: [{ data: { entries: appended } }] })
  const onlyDelivered = decideReceipts(initialReceipts(), [{ ...bobs, delivered: 1, audience: 'self' }], 3, 1)
  expect(onlyDelivered).toMatchObject({ events: [{ data: { entries: [{ ...bobs, delivered: 1 }] } }] })
})

const receiptsOf = async (user: string, since: bigint) => {
  const cursor = await side.sync.resume(user, side.sync.checkpoint([since]))
  return (await cursor.next(100)).receipts
}

test('[M5] with read receipts off, others hear that it was delivered, and nothing of the reading', async () => {
  const direct = openConversation(side.log, 1)
  await direct.start('ann', ['bob'], 'direct')
  await direct.send('ann', 'AAAA')
  await direct.send('ann', 'AAAA')
  const since = await side.log.head()
  await direct.receipts([{ user: 'bob', delivered: 2, read: 1, audience: 'self' }], 10)
  const place = { conversationId: direct.id, userId: 'bob', deviceId: 'phone' }
  expect(await receiptsOf('ann', since)).toEqual([{ ...place, delivered: 2, at: 10 }])
  expect(await receiptsOf('bob', since)).toEqual([{ ...place, delivered: 2, read: 1, at: 10 }])

  const later = await side.log.head()
  await direct.receipts([{ user: 'bob', read: 2, audience: 'self' }], 20)
  expect(await receiptsOf('ann', later)).toEqual([])
  expect(await receiptsOf('bob', later)).toEqual([{ ...place, delivered: 2, read: 2, at: 20 }])

  const ofAnn = await side.snapshot('ann', { cursor: undefined, limit: 10 })
  expect(ofAnn.conversations[0]?.receipts).toEqual([{ ...place, delivered: 2, at: 10 }])
  const ofBob = await side.snapshot('bob', { cursor: undefined, limit: 10 })
  expect(ofBob.conversations[0]).toMatchObject({ unread: 0, receipts: [{ ...place, delivered: 2, read: 2, at: 20 }] })
})

test('[M5] live, a private reading goes to the own devices alone', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob', 'cyd'])
  await group.send('ann', 'AAAA')
  const told: ReceiptsDelta[] = []
  const fanOut = createFanOut({
    log: side.log,
    from: await side.log.head(),
    maxRosters: 10,
    loadRosterAt: createLoadRosterAt(side),
    sink: { events: () => undefined, receipts: (deltas) => told.push(...deltas) },
  })
  await group.receipts(
    [
      { user: 'bob', delivered: 1, read: 1, audience: 'self' },
      { user: 'cyd', delivered: 1, read: 1 },
    ],
    10,
  )
  while (fanOut.dispatched() < (await side.log.head())) await new Promise((resolve) => setImmediate(resolve))
  const heardBy = (user: string) =>
    told.filter(({ audience }) => audience.includes(user)).flatMap((one) => one.receipts)
  const bobsReads = (user: string) => heardBy(user).filter((one) => one.userId === 'bob' && one.read !== undefined)
  expect(bobsReads('ann')).toEqual([])
  expect(bobsReads('cyd')).toEqual([])
  expect(bobsReads('bob')).toHaveLength(1)
  expect(
    heardBy('ann')
      .filter(({ read }) => read === 1)
      .map(({ userId: who }) => who),
  ).toEqual(['cyd'])
  expect(heardBy('ann').map(({ userId: who, delivered }) => [who, delivered])).toContainEqual(['bob', 1])
  await fanOut.close()
})
