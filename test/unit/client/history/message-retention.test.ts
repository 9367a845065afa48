import type { WireEvent } from '@backscroll/protocol/server-frames'
import { expect, test } from 'vitest'
import { loadRetention } from '../../../../packages/client/src/history/message-retention.ts'
import { loadRecords } from '../../../../packages/client/src/records/client-records.ts'
import { loadPlaintexts } from '../../../../packages/client/src/records/plaintexts.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const at = 1_000_000_000
const hourMs = 3_600_000
const eventOf = (type: string, data: WireEvent['data'], time = at): WireEvent => ({
  ...{ stream: { kind: 'conversation', id: 'c' }, revision: 9, position: '9', at: time, type, data },
  actor: { userId: 'bob', deviceId: 'phone' },
})

/** A device that reads three messages: a minute old, a second old, and one from after what is told. */
const open = async (store = createMemoryStore()) => {
  const { stored, lazy } = await loadRecords(store, { userId: 'ann', deviceId: 'phone' })
  const plaintexts = loadPlaintexts(stored, lazy)
  const date = { now: at }
  const expiredKept: (readonly [before: number, upTo: number])[] = []
  const retention = loadRetention(stored, {
    plaintexts,
    expireKept: async (_id, before, upTo) => {
      expiredKept.push([before, upTo])
      return []
    },
    rest: { read: async () => expect.fail('nothing is asked') },
    clock: createVirtualClock(),
    time: { earliest: () => date.now },
    write: store.write,
    onError: (thrown) => expect.fail(String(thrown)),
  })
  const take = async (event: WireEvent) => store.write(await retention.event(event))
  const left = async () => {
    const found: number[] = []
    for await (const [, revision] of plaintexts.all()) found.push(revision)
    return found
  }
  const read = (revision: number, time: number) =>
    store.write([...plaintexts.put('c', revision, { plaintext: 'eA==', at: time })])
  return { store, date, retention, take, left, read, expiredKept }
}

const withThree = async () => {
  const device = await open()
  await device.read(1, at - 60_000)
  await device.read(2, at - 1_000)
  await device.read(3, at)
  return device
}

test.each([
  ['no setting is known', undefined, [1, 2, 3]],
  ['they stay for ever', null, [1, 2, 3]],
  ['they stay a day', 86_400, [1, 2, 3]],
  ['they stay ten seconds', 10, [2, 3]],
])('an expiry of everything drops what the setting lets go: %s', async (_what, seconds, expected) => {
  const { retention, take, left } = await withThree()
  if (seconds !== undefined) retention.facts('c', seconds)
  await take(eventOf('MessagesExpired', { upTo: 8 }))
  retention.stop()
  expect(await left()).toEqual(expected)
})

test('an expiry from the future drops nothing before the date of this device has come there', async () => {
  const { date, retention, take, left } = await withThree()
  retention.facts('c', 10)
  await take(eventOf('MessagesExpired', { upTo: 8 }, at + hourMs))
  expect(await left()).toEqual([2, 3])
  retention.facts('c', null)
  date.now = at + 8_000
  await retention.sweep()
  expect(await left()).toEqual([2, 3])
  retention.stop()
})

test('a device whose date is behind drops it when its date has come, though the setting was taken back and it was started anew', async () => {
  const { store, date, retention, take, left } = await withThree()
  date.now = at - hourMs
  await take(eventOf('RetentionChanged', { seconds: 10 }))
  await take(eventOf('MessagesExpired', { upTo: 2 }))
  await take(eventOf('RetentionChanged', { seconds: null }))
  expect(await left()).toEqual([1, 2, 3])
  retention.stop()

  const again = await open(store)
  again.date.now = at + 5 * hourMs
  await again.retention.sweep()
  expect(await again.left()).toEqual([2, 3])
  expect(again.expiredKept).toEqual([[at - 10_000, 2]])
  expect([...(await store.load()).keys()].filter((key) => key.startsWith('lapsed/'))).toEqual([])
  again.retention.stop()
})
