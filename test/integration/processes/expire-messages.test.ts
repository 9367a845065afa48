import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { createExpireMessages } from '../../../src/processes/reactions/expire-messages.ts'
import { createViews } from '../../../src/projections/reading/view-reader.ts'
import { actor, harness, sendText, startGroup } from '../../support/commands/harness.ts'
import { idOf, openReadSide, type ReadSide } from '../../support/projections/read-side.ts'

const ann = actor('ann')
const minute = 60_000
const start = 1_700_000_000_000
let clock: number
const now = () => clock
/** All that the tests let pass has passed, but for what is set. */
let set = 0
const elapsed = () => clock - set
let world: ReturnType<typeof harness>
let side: ReadSide
let errors: unknown[]

const open = async (log?: EventLog) => {
  world = harness((own) => log ?? own, { now, timeoutMs: Number.MAX_SAFE_INTEGER })
  side = await openReadSide({ log: log ?? world.log, now })
}
const close = async () => {
  await world.commands.close()
  await side.close()
}
beforeEach(async () => {
  clock = start
  set = 0
  errors = []
  await open()
})
afterEach(close)

const looks = (commands: Pick<typeof world.commands, 'expireMessages'> = world.commands) =>
  createExpireMessages({ commands, views: createViews(side), now, elapsed, onError: (error) => errors.push(error) })

const retain = (id: string, clientSeq: number, seconds: number | null) =>
  world.commands.execute(
    id,
    { type: 'ChangeRetention', actor: ann, clientSeq, afterClientSeq: clientSeq - 1, seconds },
    null,
  )

/** Revisions 0 to 2 are the start and the retention; then messages, a minute apart. */
const talk = async (n: number, messages: number) => {
  const id = idOf(n)
  await startGroup(world.commands, id, ann, ['bob'])
  await retain(id, 2, 3600)
  for (let i = 0; i < messages; i += 1) {
    await sendText(world.commands, id, ann, 3 + i)
    clock += minute
  }
  await side.settled()
  return id
}
const eventsOf = (id: string) => side.log.readStream({ stream: `conversation-${id}`, limit: 10_000 })
const bodies = async (id: string) =>
  (await eventsOf(id)).flatMap(({ type, body, revision }) =>
    type === 'MessageSent' && body !== null ? [revision] : [],
  )
const expiries = async (id: string) =>
  (await eventsOf(id)).flatMap(({ type, data }) => (type === 'MessagesExpired' ? [JSON.parse(data)] : []))
const served = async (id: string) => {
  await side.settled()
  const { messages } = await side.queries.history('bob', id, { limit: 100 })
  const stream = await side.queries.streamEvents('bob', id, 0, 1000)
  const inStream = stream.events.map((text) => JSON.parse(text)).filter(({ type }) => type === 'MessageSent')
  const unread = (await side.queries.inbox('bob', { limit: 1 })).items[0]?.unread
  return {
    history: messages.flatMap(({ revision, ciphertext }) => (ciphertext === null ? [] : [revision])),
    stream: inStream.flatMap(({ revision, data }) => (data.ciphertext === null ? [] : [revision])),
    unread,
  }
}
const revisions = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('nothing expires before its time, then all that is past it at once, and the rest when it is due', async () => {
  const id = await talk(1, 10)
  const first = (await eventsOf(id)).findIndex(({ type }) => type === 'MessageSent')
  const look = looks()
  clock = start + 60 * minute
  await look()
  expect(await expiries(id)).toEqual([])
  clock = start + 64 * minute
  await look()
  expect(await expiries(id)).toMatchObject([{ from: 0, upTo: first + 3, lastSeq: 4, since: start + 4 * minute }])
  expect(await bodies(id)).toEqual(revisions(first + 4, first + 9))
  await side.settled()
  for (let n = 0; n < 5; n += 1) await look()
  expect(await expiries(id)).toHaveLength(1)
  clock = start + 80 * minute
  await look()
  expect(await expiries(id)).toHaveLength(2)
  expect(await bodies(id)).toEqual([])
  await side.settled()
  clock += 1000 * minute
  await look()
  expect(await expiries(id)).toHaveLength(2)
  expect(errors).toEqual([])
})

test('a message that has expired, or was past its time, does not come back with another retention', async () => {
  const id = await talk(1, 10)
  const first = (await eventsOf(id)).findIndex(({ type }) => type === 'MessageSent')
  clock = start + 64 * minute
  await looks()()
  clock = start + 66 * minute + 1
  await retain(id, 13, null)
  const left = revisions(first + 7, first + 9)
  expect(await bodies(id)).toEqual(left)
  expect(await served(id)).toEqual({ history: left, stream: left, unread: 3 })
})

test('nor where the log cannot blank it', async () => {
  await close()
  const log = createMemoryLog()
  const append: EventLog['append'] = (stream, events, expected) =>
    log.append(
      stream,
      events.map(({ blanksRange: _order, ...event }) => event),
      expected,
    )
  await open({ ...log, keepsBodies: true, append })
  const id = await talk(1, 10)
  const first = (await eventsOf(id)).findIndex(({ type }) => type === 'MessageSent')
  clock = start + 64 * minute
  await looks()()
  await retain(id, 13, null)
  expect(await bodies(id)).toHaveLength(10)
  const left = revisions(first + 4, first + 9)
  expect(await served(id)).toEqual({ history: left, stream: left, unread: 6 })
})

test('a process that dies at any point has the rest done by the next one, and nothing twice; several at once do it once', async () => {
  const ids = [await talk(1, 3), await talk(2, 3), await talk(3, 3)]
  clock += 200 * minute
  let left = 2
  const dying = looks({
    expireMessages: async (id) => {
      left -= 1
      if (left < 0) throw new Error('killed')
      const did = await world.commands.expireMessages(id)
      if (left === 0) throw new Error('killed after it was stored')
      return did
    },
  })
  await dying()
  expect(errors).toHaveLength(2)
  await Promise.all([looks()(), looks()(), looks()()])
  await side.settled()
  await looks()()
  for (const id of ids) {
    expect(await expiries(id)).toHaveLength(1)
    expect(await bodies(id)).toEqual([])
  }
})

test('a long history expires in steps, each of a bounded number of events', async () => {
  const id = await talk(1, 0)
  for (let from = 0; from < 2500; from += 500)
    await Promise.all(revisions(from, from + 499).map((i) => sendText(world.commands, id, ann, 3 + i)))
  await side.settled()
  clock += 200 * minute
  await looks()()
  expect(await expiries(id)).toMatchObject([{ from: 0, upTo: 1999 }])
  await side.settled()
  await looks()()
  const last = (await eventsOf(id)).findLast(({ type }) => type === 'MessageSent')?.revision
  expect((await expiries(id))[1]).toMatchObject({ from: 2000, lastSeq: 2500 })
  expect((await expiries(id))[1].upTo).toBeGreaterThanOrEqual(last ?? -1)
  expect(await bodies(id)).toEqual([])
})
