import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let phone: Caller
let laptop: Caller
let eve: Caller

beforeAll(async () => {
  running = await startApi()
  phone = await createCaller(running, 'alice')
  laptop = await createCaller(running, 'alice', 'laptop')
  eve = await createCaller(running, 'eve')
})
afterAll(() => running.close())

const none = { mutedUntil: null, pinned: false, archivedUpTo: null, unread: false }
const listOf = async (by: Caller) => (await by('GET', '/marks')).body.items
/** What the list says of one conversation, as soon as the views have the change. */
const marksOf = (by: Caller, id: string) =>
  expect.poll(
    async () => (await listOf(by)).find((one: { conversationId: string }) => one.conversationId === id)?.marks,
  )

it('A change of marks is for all devices of the user, and nobody else sees it', async () => {
  const id = randomUUID()
  expect((await phone('PATCH', `/marks/${id}`, { mutedUntil: 'forever', archivedUpTo: 3 })).body).toEqual({ ok: true })
  await phone('PATCH', `/marks/${id}`, { pinned: true })
  await laptop('PATCH', `/marks/${id}`, { mutedUntil: null, unread: true })
  await marksOf(laptop, id).toEqual({ ...none, pinned: true, archivedUpTo: 3, unread: true })
  expect(await listOf(eve)).toEqual([])
  const events = await running.log.readStream({ stream: 'user-alice', limit: 100 })
  const ofMarks = events.filter(({ type }) => type === 'ConversationMarked')
  expect(ofMarks.map(({ deviceId }) => deviceId)).toEqual(['phone', 'phone', 'laptop'])
  await phone('PATCH', `/marks/${id}`, { pinned: false, archivedUpTo: null, unread: false })
  await marksOf(phone, id).toBeUndefined()
})

it('The list comes in pages', async () => {
  const ids = Array.from({ length: 3 }, () => randomUUID()).sort()
  const by = await createCaller(running, 'pat')
  for (const id of ids) await by('PATCH', `/marks/${id}`, { unread: true })
  await marksOf(by, ids[2] ?? '').toBeDefined()
  const first = (await by('GET', '/marks?limit=2')).body
  const second = (await by('GET', `/marks?limit=2&cursor=${first.cursor}`)).body
  const listed = [...first.items, ...second.items].map((one: { conversationId: string }) => one.conversationId)
  expect([listed, second.cursor]).toEqual([ids, undefined])
  expect(await eve('GET', `/marks?cursor=${first.cursor}`)).toMatchObject({ status: 400, code: 'bad_cursor' })
})

it('One pin too many is refused with the limit, and fits once another was taken back', async () => {
  const by = await createCaller(running, 'pia')
  const [first, ...others] = Array.from({ length: 4 }, () => randomUUID())
  const pin = (id: string | undefined, pinned = true) => by('PATCH', `/marks/${id}`, { pinned })
  expect((await pin(first)).status).toBe(200)
  const statuses = await Promise.all(others.map(async (id) => (await pin(id)).status))
  expect(statuses.sort()).toEqual([200, 200, 409])
  const refused = await pin(randomUUID())
  expect([refused.code, refused.body.details]).toEqual(['mark_limit', { limit: 3 }])
  await pin(first, false)
  expect((await pin(randomUUID())).status).toBe(200)
})

it('Marks that do not exist are refused', async () => {
  const id = randomUUID()
  const bodies = [
    { mutedUntil: 0 },
    { mutedUntil: 'tomorrow' },
    { archivedUpTo: -1 },
    { pinned: null },
    { starred: true },
  ]
  for (const body of bodies) expect((await phone('PATCH', `/marks/${id}`, body)).code).toBe('invalid')
  expect((await phone('PATCH', '/marks/nothing', {})).code).toBe('invalid')
})

it('Starred messages are listed for the user alone, the last one first, up to the limit', async () => {
  const by = await createCaller(running, 'sue')
  const conversationId = randomUUID()
  const ids = Array.from({ length: 4 }, () => randomUUID())
  const path = (id: string | undefined) => `/stars/${conversationId}/${id}`
  for (const id of ids.slice(0, 3)) expect((await by('PUT', path(id), { seq: 7 })).status).toBe(200)
  expect(await by('PUT', path(ids[3]), { seq: 7 })).toMatchObject({
    code: 'mark_limit',
    body: { details: { limit: 3 } },
  })
  expect((await by('DELETE', path(ids[1]))).status).toBe(200)
  const listed = async (caller: Caller) => (await caller('GET', '/stars')).body.items
  await expect
    .poll(async () => (await listed(by)).map((one: { messageId: string }) => one.messageId))
    .toEqual([ids[2], ids[0]])
  expect((await listed(by))[0]).toEqual({
    conversationId,
    messageId: ids[2],
    seq: 7,
    at: expect.any(Number),
    revision: 2,
  })
  expect(await listed(eve)).toEqual([])
  for (const body of [{}, { seq: 0 }, { seq: 1, text: 'x' }])
    expect((await by('PUT', path(ids[0]), body)).code).toBe('invalid')
})

it('Changes are limited in an hour, for all devices of a user together', async () => {
  const [one, other] = [await createCaller(running, 'ray'), await createCaller(running, 'ray', 'laptop')]
  const id = randomUUID()
  const change = (by: Caller, unread: boolean) => by('PATCH', `/marks/${id}`, { unread })
  for (let made = 0; made < 30; made += 1) await change(one, made % 2 === 0)
  for (let made = 0; made < 30; made += 1) await change(other, made % 2 === 0)
  expect(await change(one, true)).toMatchObject({ status: 429, code: 'rate_limited' })
})
