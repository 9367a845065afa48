import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openClient, type TestClient } from '../../support/gateway/client.ts'
import { createWorld, token, type World } from '../../support/gateway/world.ts'

const client = { name: 't', version: '1', platform: 'node' }
const ack = { type: 'message_ack', conversationId: '018f3c1e-0000-7000-8000-000000000001', upToSeq: 1, status: 'read' }

describe('frames that are out of place', () => {
  let world: World
  let alice: TestClient
  beforeEach(async () => {
    world = await createWorld({ framesPerSecond: 20, frameBurst: 10, maxInFlight: 3, maxFrameBytes: 2_000 })
    alice = await openClient(world.url, { user: 'alice' })
  })
  afterEach(() => world.close())

  it('[C1] refuses every frame before connect, and a second connect', async () => {
    expect(await alice.request(ack)).toMatchObject({ type: 'error', code: 'not_connected', temporary: false })
    await alice.connect()
    expect(await alice.connect()).toMatchObject({ type: 'error', code: 'already_connected' })
  })

  it('[C1] refuses a connect for another device than the token names, and takes the right one afterwards', async () => {
    const wrong = await alice.request({ type: 'connect', deviceId: 'laptop', client })
    expect(wrong).toMatchObject({ type: 'error', code: 'invalid', details: { field: 'deviceId' } })
    expect(await alice.connect()).toMatchObject({ type: 'reply' })
  })

  it('[T4] answers unknown types and wrong fields with their codes', async () => {
    await alice.connect()
    expect(await alice.request({ type: 'launch' })).toMatchObject({ code: 'unknown_type' })
    expect(await alice.request({ ...ack, upToSeq: -5 })).toMatchObject({
      code: 'invalid',
      details: { field: 'upToSeq' },
    })
    expect(await alice.request({ ...ack, extra: 1 })).toMatchObject({ code: 'invalid', details: { field: 'extra' } })
  })

  it('closes with 4500 after too many frames that are no JSON objects', async () => {
    await alice.connect()
    for (const text of ['{', '[]', 'null', '"x"']) alice.raw(text)
    alice.raw(Buffer.from([1, 2, 3]))
    expect(await alice.closed()).toBe(4500)
    expect(alice.ofType('error').map(({ code }) => code)).toEqual(Array(5).fill('malformed'))
  })

  it('[T7] closes the socket of a frame beyond maxFrameBytes with 1009', async () => {
    await alice.connect()
    alice.raw('x'.repeat(2_001))
    expect(await alice.closed()).toBe(1009)
  })

  it('[T7] answers rate_limited with retryAfterMs, then closes a client that goes on with 4503', async () => {
    await alice.connect()
    for (let id = 100; id < 112; id += 1) alice.send({ ...ack, id, type: 'launch' })
    expect(await alice.answer(111)).toMatchObject({ code: 'rate_limited', temporary: true })
    for (let id = 112; id < 130; id += 1) alice.send({ ...ack, id })
    expect(await alice.closed()).toBe(4503)
  })

  it('[T2] renews by reauth for the same user and device only', async () => {
    await alice.connect()
    expect(await alice.request({ type: 'reauth', token: token('alice') })).toMatchObject({ type: 'reply' })
    for (const other of [token('bob'), token('alice', 'laptop'), 'forged']) {
      expect(await alice.request({ type: 'reauth', token: other })).toMatchObject({ code: 'unauthenticated' })
    }
    expect(await alice.request({ type: 'reauth', token: token('alice', 'phone', -1) })).toMatchObject({
      code: 'token_expired',
    })
  })
})

describe('frames in flight', () => {
  let world: World
  const stuck: (() => void)[] = []
  beforeEach(async () => {
    world = await createWorld({ maxInFlight: 2, drainFarewellMs: 60 }, ({ commands }) => ({
      commands: { ...commands, acknowledge: () => new Promise((resolve) => stuck.push(resolve)) },
    }))
  })
  afterEach(() => world.close())

  it('[T3] refuses an id that waits for its answer without taking its answer away, and more than maxInFlight', async () => {
    const alice = await openClient(world.url, { user: 'alice' })
    await alice.connect()
    for (const id of [50, 50, 51, 52]) alice.send({ ...ack, id })
    const errors = [await alice.next('error'), await alice.next('error', 2)]
    const byCode = new Map(errors.map((error) => [error.code, error]))
    expect(byCode.get('invalid')).toMatchObject({ details: { field: 'id' } })
    expect(byCode.get('invalid')?.id).toBeUndefined()
    expect(byCode.get('too_many_in_flight')).toMatchObject({ id: 52, temporary: true })
    for (const settle of stuck.splice(0)) settle()
    expect([await alice.answer(50), await alice.answer(51)]).toMatchObject([{ type: 'reply' }, { type: 'reply' }])
    alice.send({ ...ack, id: 50 })
    await expect.poll(() => stuck.length).toBe(1)
    stuck.splice(0)[0]?.()
  })

  it('[T5] drain answers what is in flight, refuses what comes, then closes with 4000', async () => {
    const alice = await openClient(world.url, { user: 'alice' })
    const idle = await openClient(world.url, { user: 'bob' })
    await alice.connect()
    alice.send({ ...ack, id: 50 })
    await expect.poll(() => stuck.length).toBe(1)
    const drained = world.gateway.drain()
    expect(await alice.request(ack)).toMatchObject({ code: 'shutting_down', temporary: true })
    expect(await idle.closed()).toBe(4000)
    stuck.splice(0)[0]?.()
    expect(await alice.answer(50)).toMatchObject({ type: 'reply' })
    expect(await alice.closed()).toBe(4000)
    await drained
  })

  it('drain ends by force the sockets of clients that do not answer its farewell', async () => {
    const deaf = await openClient(world.url, { user: 'alice' })
    await deaf.connect()
    deaf.ws.pause()
    await world.gateway.drain()
    await expect.poll(() => world.connections()).toBe(0)
  })
})
