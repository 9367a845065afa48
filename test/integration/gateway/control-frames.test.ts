import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openClient } from '../../support/gateway/client.ts'
import { createWorld, type World } from '../../support/gateway/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld({ framesPerSecond: 1, frameBurst: 10 })
})
afterEach(() => world.close())

it.each(['ping', 'pong'] as const)('P7 [T7]: a client that floods with %ss is disconnected', async (kind) => {
  const mallory = await openClient(world.url, { user: 'mallory' })
  await mallory.connect()
  for (let count = 0; count < 50; count += 1) mallory.ws[kind]()
  expect(await mallory.closed()).toBe(4503)
})

it('answers a ping with what it held', async () => {
  const alice = await openClient(world.url, { user: 'alice' })
  alice.ws.ping('are you there')
  const [data] = await once(alice.ws, 'pong')
  expect(String(data)).toBe('are you there')
})
