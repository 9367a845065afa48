import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Delta, ReceiptsDelta } from '../../../../src/ports/deltas.ts'
import { createFanOut, type FanOut } from '../../../../src/projections/fan-out/create-fan-out.ts'
import { createLoadRosterAt } from '../../../../src/projections/fan-out/load-roster.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

let side: ReadSide
let fanOut: FanOut
let batches: (readonly Delta[])[]
let receipts: ReceiptsDelta[]
let loads: string[]

const start = (from: bigint, maxRosters = 100) => {
  const loadRosterAt = createLoadRosterAt(side)
  fanOut = createFanOut({
    log: side.log,
    from,
    maxRosters,
    loadRosterAt: (id, revision) => {
      loads.push(`${id}@${revision}`)
      return loadRosterAt(id, revision)
    },
    sink: { events: (deltas) => batches.push(deltas), receipts: (deltas) => receipts.push(...deltas) },
  })
}
const dispatched = async () => {
  const head = await side.log.head()
  while (fanOut.dispatched() < head) await new Promise((resolve) => setImmediate(resolve))
}
const shape = (deltas: readonly Delta[]) =>
  deltas.map(({ audience, events }) => [[...audience].sort().join(' '), events.map(({ revision }) => revision)])

beforeEach(async () => {
  side = await openReadSide()
  batches = []
  receipts = []
  loads = []
})
afterEach(async () => {
  await fanOut.close()
  await side.close()
})

test('one call a batch, one delta a conversation as long as its roster does not change', async () => {
  const [one, two] = [openConversation(side.log, 1), openConversation(side.log, 2)]
  await one.start('ann', ['bob'])
  await two.start('cyd', [])
  await one.send('ann', 'AAAA')
  await two.send('cyd', 'AAAA')
  await one.send('bob', 'AAAA')
  start(0n)
  await dispatched()
  expect(batches.map(shape)).toEqual([
    [
      ['ann bob', [0, 1, 2]],
      ['cyd', [0, 1]],
    ],
  ])
  expect(loads).toEqual([])
})

test('one who is added begins with that event; one who parts still gets that event', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  await group.add('ann', ['cyd'])
  await group.send('ann', 'AAAA')
  await group.remove('ann', 'bob')
  await group.leave('cyd')
  await group.send('ann', 'AAAA')
  start(0n)
  await dispatched()
  expect(batches.flatMap(shape)).toEqual([
    ['ann bob', [0]],
    ['ann bob cyd', [1, 2, 3]],
    ['ann cyd', [4]],
    ['ann', [5]],
  ])
})

test('the audience is the same object from batch to batch until the roster changes', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  start(0n)
  await dispatched()
  await group.send('ann', 'AAAA')
  await dispatched()
  await group.rename('ann', 'QUJD')
  await dispatched()
  const audiences = batches.flat().map(({ audience }) => audience)
  expect(audiences).toHaveLength(3)
  expect(new Set(audiences).size).toBe(1)
})

test('a roster that is not in memory is loaded exactly at the revision before the event, whether the views are behind or ahead', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const from = await side.log.head()
  await group.send('ann', 'AAAA')
  await group.add('ann', ['cyd'])
  await group.remove('ann', 'bob')
  start(from)
  await dispatched()
  await side.settled()
  await fanOut.close()
  const first = batches.flatMap(shape)
  batches = []
  start(from)
  await dispatched()
  expect(loads).toEqual([`${group.id}@0`, `${group.id}@0`])
  expect(first).toEqual([
    ['ann bob', [1]],
    ['ann bob cyd', [2, 3]],
  ])
  expect(batches.flatMap(shape)).toEqual(first)
})

test('more conversations than rosters may be kept: none gets a wrong audience', async () => {
  const all = [1, 2, 3, 4].map((n) => openConversation(side.log, n))
  start(0n, 2)
  for (const one of all) await one.start(`owner${one.id}`, [])
  await dispatched()
  for (const one of all) {
    await one.send(`owner${one.id}`, 'AAAA')
    await dispatched()
  }
  for (const delta of batches.flat()) expect(delta.audience).toEqual([`owner${delta.conversationId}`])
  expect(loads.length).toBeGreaterThan(0)
})

test('receipts go to the readers and to those who wrote lately, as long as they are members', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob', 'cyd', 'dan'])
  await group.send('ann', 'AAAA')
  await group.send('dan', 'AAAA')
  await group.remove('ann', 'dan')
  await group.receipts([{ user: 'bob', delivered: 2 }], 500)
  start(0n)
  await dispatched()
  expect(receipts.map(({ audience }) => audience)).toEqual([['ann', 'bob']])
  const { id: conversationId } = group
  expect(receipts[0]?.receipts).toEqual([{ conversationId, userId: 'bob', deviceId: 'phone', delivered: 2, at: 500 }])
})

test('receipts of a conversation that was quiet since the start find the senders of the messages before it', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob', 'cyd'])
  await group.send('ann', 'AAAA')
  const from = await side.log.head()
  start(from)
  await group.receipts([{ user: 'bob', read: 1, delivered: 1 }], 500)
  await dispatched()
  expect(receipts.map(({ audience }) => [...audience].sort())).toEqual([['ann', 'bob']])
})

test('an event that cannot be decoded goes to the members before it, and the fan-out goes on, for its conversation and all others', async () => {
  const [one, two] = [openConversation(side.log, 1), openConversation(side.log, 2)]
  await one.start('ann', ['bob'])
  await two.start('cyd', [])
  const poison = { id: 'poison', at: 0, userId: 'ann', deviceId: 'phone', body: null, version: 99 }
  await appendAtEnd(side.log, one.stream, [{ ...poison, type: 'MembersAdded', data: '{}' }])
  await appendAtEnd(side.log, `receipts-${one.id}`, [{ ...poison, type: 'ReceiptsAdvanced', data: '{}' }])
  await one.send('ann', 'AAAA')
  await two.send('cyd', 'AAAA')
  start(0n)
  await dispatched()
  expect(batches.flatMap(shape)).toEqual([
    ['ann bob', [0, 1, 2]],
    ['cyd', [0, 1]],
  ])
  expect(receipts).toEqual([])
})

test('a sink that throws ends the fan-out with that error', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', [])
  fanOut = createFanOut({
    log: side.log,
    from: 0n,
    maxRosters: 1,
    loadRosterAt: createLoadRosterAt(side),
    sink: {
      events: () => {
        throw new Error('broken sink')
      },
      receipts: () => {},
    },
  })
  await expect(fanOut.done).rejects.toThrow('broken sink')
})
