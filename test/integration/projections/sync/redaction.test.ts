import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import type { EventLog } from '../../../../src/ports/event-log.ts'
import { textOf } from '../../../../src/projections/reading/encoded-events.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { logEvent } from '../../../support/event-log/events.ts'
import { openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

const second = 1000
let clock: number
let side: ReadSide
beforeEach(async () => {
  clock = 10 * second
  side = await openReadSide({ now: () => clock })
})
afterEach(() => side.close())

/** Everything that the four ways to read serve of one conversation, as one text. */
const served = async (user: string, conversationId: string) => {
  await side.settled()
  const page = await side.sync.page(user, side.sync.checkpoint([0n]), 1000)
  const stream = await side.queries.streamEvents(user, conversationId, 0, 1000)
  const history = await side.queries.history(user, conversationId, { limit: 100 })
  const inbox = await side.queries.inbox(user, { limit: 10 })
  const snapshot = await side.snapshot(user, { limit: 10 })
  return {
    sync: textOf(page.events),
    stream: stream.events.join(),
    history: JSON.stringify(history),
    inbox: JSON.stringify(inbox),
    snapshot: JSON.stringify(snapshot),
  }
}

test('M4: a deleted message, its edits and the reactions to it are served nowhere', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const message = await group.send('ann', 'Rmlyc3Q=')
  await group.edit('ann', message, 'RWRpdGVk')
  await group.react('bob', message, 'UmVhY3Q=')
  const before = await served('bob', group.id)
  expect(before.sync).toContain('Rmlyc3Q=')
  for (const text of Object.values(before)) expect(text).toContain('RWRpdGVk')

  await group.delete('ann', message)
  for (const text of Object.values(await served('bob', group.id)))
    for (const body of ['Rmlyc3Q=', 'RWRpdGVk', 'UmVhY3Q=']) expect(text).not.toContain(body)
})

test('M4: nor does a log that cannot blank bodies serve them, of messages and of reactions', async () => {
  await side.close()
  const log = createMemoryLog()
  const append: EventLog['append'] = (stream, events, expected) =>
    log.append(
      stream,
      events.map((event) => ({ ...event, blanksTarget: false })),
      expected,
    )
  side = await openReadSide({ log: { ...log, keepsBodies: true, append } })
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const [message, other] = [await group.send('ann', 'Rmlyc3Q='), await group.send('ann', 'T3RoZXI=')]
  await group.edit('ann', message, 'RWRpdGVk')
  await group.react('bob', message, 'UmVhY3Q=')
  const reaction = await group.react('bob', other, 'V2F2ZQ==')
  await group.delete('ann', message)
  await group.delete('bob', { ...other, revision: reaction })
  const texts = await served('bob', group.id)
  for (const text of Object.values(texts))
    for (const body of ['Rmlyc3Q=', 'RWRpdGVk', 'UmVhY3Q=', 'V2F2ZQ==']) expect(text).not.toContain(body)
  expect(texts.sync).toContain('T3RoZXI=')
  const stored = await log.readAll(0n, 100)
  expect(stored.filter(({ body }) => body !== null)).toHaveLength(5)
})

test('M4: nor where the views of a conversation stand still: what is deleted or expires there is served nowhere', async () => {
  await side.close()
  const log = createMemoryLog()
  const append: EventLog['append'] = (stream, events, expected) =>
    log.append(
      stream,
      events.map(({ blanksTarget: _, blanksRange: __, ...event }) => event),
      expected,
    )
  side = await openReadSide({ log: { ...log, keepsBodies: true, append } })
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const old = await group.send('ann', 'T2xk')
  const message = await group.send('ann', 'Rmlyc3Q=')
  await group.edit('ann', message, 'RWRpdGVk')
  await group.react('bob', message, 'UmVhY3Q=')
  await group.send('ann', 'T3RoZXI=')
  for (const text of Object.values(await served('bob', group.id))) expect(text).toContain('T3RoZXI=')
  await appendAtEnd(side.log, group.stream, [logEvent('poison', { type: 'FromTheFuture' })])
  await group.delete('ann', message)
  await group.expire('ann', old.revision, 1, 1)
  const texts = await served('bob', group.id)
  for (const text of Object.values(texts))
    for (const body of ['T2xk', 'Rmlyc3Q=', 'RWRpdGVk', 'UmVhY3Q=']) expect(text).not.toContain(body)
  for (const text of Object.values(texts)) expect(text).toContain('T3RoZXI=')
})

test('an expired message, its later edits and reactions are served nowhere, and its metadata stays without holes', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  await group.retain('ann', 5)
  const old = await group.send('ann', 'T2xk', 1 * second)
  await group.react('bob', old, 'UmVhY3Q=', 9 * second)
  await group.edit('ann', old, 'RWRpdGVk', 9 * second)
  const texts = await served('bob', group.id)
  for (const text of Object.values(texts))
    for (const body of ['T2xk', 'UmVhY3Q=', 'RWRpdGVk']) expect(text).not.toContain(body)
  const { events } = await side.queries.streamEvents('bob', group.id, 0, 100)
  expect(events.map((text) => JSON.parse(text).revision)).toEqual([0, 1, 2, 3, 4])
  expect(JSON.parse(events[2] ?? '').data.ciphertext).toBeNull()
})

test('[M8] device messages stay in the stream for ever, and are in no history, inbox or count', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  await group.retain('ann', 5)
  await group.send('ann', 'V29yZHM=', 9 * second)
  const before = (await served('bob', group.id)).inbox
  await group.control('ann', 'S2V5cw==', 1 * second)
  const { sync, stream, history, inbox, snapshot } = await served('bob', group.id)
  for (const text of [sync, stream]) expect(text).toContain('S2V5cw==')
  for (const text of [history, inbox, snapshot]) expect(text).not.toContain('S2V5cw==')
  const moved = /"lastRevision":\d+/g
  expect(inbox.replaceAll(moved, '')).toBe(before.replaceAll(moved, ''))
})

test('a message expires as time passes, and unread follows', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  await group.retain('ann', 5)
  await group.send('ann', 'T2xk', 6 * second)
  for (const text of Object.values(await served('bob', group.id))) expect(text).toContain('T2xk')
  expect((await side.queries.inbox('bob', { limit: 1 })).items[0]?.unread).toBe(1)
  clock = 12 * second
  for (const text of Object.values(await served('bob', group.id))) expect(text).not.toContain('T2xk')
  expect((await side.queries.inbox('bob', { limit: 1 })).items[0]?.unread).toBe(0)
})

test('R4: a former member is not served what was edited or said about a message after leaving', async () => {
  const group = openConversation(side.log, 1)
  await group.start('ann', ['bob'])
  const message = await group.send('ann', 'Rmlyc3Q=')
  await group.leave('bob')
  await group.edit('ann', message, 'RWRpdGVk')
  await group.react('ann', message, 'UmVhY3Q=')
  const texts = await served('bob', group.id)
  for (const text of Object.values(texts)) for (const body of ['RWRpdGVk', 'UmVhY3Q=']) expect(text).not.toContain(body)
  expect(texts.history).toContain('Rmlyc3Q=')
  expect(texts.history).toContain('"edited":null')
})
