import { afterEach, describe, expect, it } from 'vitest'
import { openClient } from '../../support/gateway/client.ts'
import { createWorld, token, type World } from '../../support/gateway/world.ts'

describe('what time does to a connection', () => {
  let world: World
  afterEach(() => world.close())

  it('[C1] closes a socket that never connects', async () => {
    world = await createWorld({ connectTimeoutMs: 50 })
    const silent = await openClient(world.url, { user: 'alice' })
    expect(await silent.closed()).toBe(4002)
  })

  it('[T2] closes with 4001 when the token expires', async () => {
    world = await createWorld()
    const alice = await openClient(world.url, { user: 'alice', lifetimeMs: 60_000 })
    await alice.connect()
    world.advance(60_000)
    expect(await alice.closed()).toBe(4001)
  })

  it('[T2] a renewed token outlives the first', async () => {
    world = await createWorld()
    const alice = await openClient(world.url, { user: 'alice', lifetimeMs: 60_000 })
    await alice.connect()
    const renewal = { type: 'reauth', token: token('alice', 'phone', 200_000) }
    expect(await alice.request(renewal)).toMatchObject({ type: 'reply' })
    world.advance(60_000)
    await alice.next('heartbeat')
    expect(await alice.request({ type: 'launch' })).toMatchObject({ code: 'unknown_type' })
    world.advance(140_000)
    expect(await alice.closed()).toBe(4001)
  })

  it('[T6] sends heartbeats whose checkpoint is what was dispatched and folded', async () => {
    world = await createWorld({ heartbeatMs: 20 })
    await world.startGroup('alice', 'bob')
    const alice = await openClient(world.url, { user: 'alice' })
    await alice.connect()
    const beat = await alice.next('heartbeat', 3)
    expect(beat.checkpoint).toBe(world.checkpoint(world.dispatched()))
  })

  it('[T6] never gives out a checkpoint beyond the watermark', async () => {
    world = await createWorld({ heartbeatMs: 20 }, () => ({
      watermark: { current: () => [2n], reached: async () => true },
    }))
    const group = await world.startGroup('alice', 'bob')
    const alice = await openClient(world.url, { user: 'alice' })
    await alice.connect()
    await alice.message(group, 1)
    await alice.next('heartbeat', 2)
    expect(world.dispatched()[0]).toBeGreaterThan(2n)
    expect(new Set(alice.ofType('heartbeat').map(({ checkpoint }) => checkpoint))).toEqual(
      new Set([world.checkpoint([2n])]),
    )
  })

  it('[T6] closes a half-open socket with 4002 after two missed pongs', async () => {
    world = await createWorld({ heartbeatMs: 30 })
    const dead = await openClient(world.url, { user: 'alice', autoPong: false })
    await dead.connect()
    expect(await dead.closed()).toBe(4002)
    expect(dead.ofType('heartbeat')).toHaveLength(2)
  })

  it('[T6] keeps a socket that answers pings, also when it says nothing', async () => {
    world = await createWorld({ heartbeatMs: 60 })
    const quiet = await openClient(world.url, { user: 'alice' })
    await quiet.connect()
    await quiet.next('heartbeat', 5)
    expect(quiet.ws.readyState).toBe(quiet.ws.OPEN)
  })
})

describe('typing', () => {
  let world: World
  afterEach(() => world.close())

  const threeClients = async () => {
    const group = await world.startGroup('alice', 'bob')
    const [alice, bob, mallory] = await Promise.all(
      ['alice', 'bob', 'mallory'].map((user) => openClient(world.url, { user })),
    )
    if (alice === undefined || bob === undefined || mallory === undefined) throw new Error('no clients')
    for (const one of [alice, bob, mallory]) await one.connect()
    return { group, alice, bob, mallory }
  }

  it('[M6] is told to the other members, is over by itself, and is not stored', async () => {
    world = await createWorld({ typingExpiryMs: 60 })
    const { group, alice, bob } = await threeClients()
    const head = await world.log.head()
    expect(await alice.request({ type: 'typing_indicator', conversationId: group, typing: true })).toMatchObject({
      type: 'reply',
    })
    expect(await bob.next('typing_indicator', 2)).toMatchObject({ userId: 'alice', deviceId: 'phone', typing: false })
    expect(bob.ofType('typing_indicator').map(({ typing }) => typing)).toEqual([true, false])
    expect(alice.ofType('typing_indicator')).toEqual([])
    expect(await world.log.head()).toBe(head)
  })

  it('[M6] says what somebody does, and when it becomes something else', async () => {
    world = await createWorld({ typingThrottleMs: 60_000 })
    const { group, alice, bob } = await threeClients()
    const frame = { type: 'typing_indicator', conversationId: group, typing: true }
    for (const activity of ['typing', 'recording', 'recording', undefined, 'uploading'])
      await alice.request({ ...frame, activity })
    await alice.request({ ...frame, typing: false, activity: 'recording' })
    await bob.next('typing_indicator', 5)
    const told = bob.ofType('typing_indicator').map(({ typing, activity }) => [typing, activity])
    expect(told).toEqual([
      [true, undefined],
      [true, 'recording'],
      [true, undefined],
      [true, 'uploading'],
      [false, undefined],
    ])
    expect(await alice.request({ ...frame, activity: 'dancing' })).toMatchObject({ code: 'invalid' })
  })

  it('[M6] refuses who is not a member, as if there were no such conversation', async () => {
    world = await createWorld()
    const { group, bob, mallory } = await threeClients()
    for (const conversationId of [group, '018f3c1e-0000-7000-8000-000000000009']) {
      const frame = { type: 'typing_indicator', conversationId, typing: true }
      expect(await mallory.request(frame)).toMatchObject({ code: 'not_found' })
    }
    expect(bob.ofType('typing_indicator')).toEqual([])
  })

  it('[M6] passes a repeated indicator on only once in a while, and bounds the number of conversations', async () => {
    world = await createWorld({ typingThrottleMs: 60_000, maxTyping: 1 })
    const { group, alice, bob } = await threeClients()
    const other = await world.startGroup('alice', 'bob')
    const frame = { type: 'typing_indicator', conversationId: group, typing: true }
    for (let count = 0; count < 5; count += 1) await alice.request(frame)
    expect(await alice.request({ ...frame, conversationId: other })).toMatchObject({ code: 'rate_limited' })
    await alice.request({ ...frame, typing: false })
    await bob.next('typing_indicator', 2)
    expect(bob.ofType('typing_indicator').map(({ typing }) => typing)).toEqual([true, false])
  })

  it('[M6] is over when the connection ends', async () => {
    world = await createWorld()
    const { group, alice, bob } = await threeClients()
    await alice.request({ type: 'typing_indicator', conversationId: group, typing: true })
    alice.ws.terminate()
    expect(await bob.next('typing_indicator', 2)).toMatchObject({ typing: false })
  })
})
