import { afterEach, expect, it } from 'vitest'
import type { GatewayDeps } from '../../../src/gateway/gateway-parts.ts'
import type { EncodedPage, SyncService } from '../../../src/projections/sync/sync-service.ts'
import { openClient } from '../../support/gateway/client.ts'
import { createWorld, type World } from '../../support/gateway/world.ts'

let world: World
afterEach(() => world.close())

/** A sync service that lacks a log while it is away. */
const withLogs = () => {
  const away = new Set<string>()
  const lacking = (page: EncodedPage): EncodedPage => (away.size === 0 ? page : { ...page, degraded: [...away] })
  const bend = ({ sync }: GatewayDeps): { sync: SyncService } => ({
    sync: {
      ...sync,
      silent: () => [...away],
      page: async (...request) => lacking(await sync.page(...request)),
      resume: async (...request) => {
        const cursor = await sync.resume(...request)
        return { next: async (limit) => lacking(await cursor.next(limit)) }
      },
    },
  })
  return { away, bend }
}

it('names the logs that a resume lacked, gives no checkpoint beyond them, and has the device sync when they are back', async () => {
  const { away, bend } = withLogs()
  world = await createWorld({ heartbeatMs: 40 }, bend)
  await world.startGroup('alice', 'bob')
  away.add('log-1')
  const alice = await openClient(world.url, { user: 'alice' })
  await alice.connect(world.checkpoint([0n]))
  expect(await alice.next('caught_up')).toMatchObject({ degraded: ['log-1'] })
  for (let beat = 1; beat <= 3; beat += 1) expect(await alice.next('heartbeat', beat)).toEqual({ type: 'heartbeat' })
  expect(alice.frames.some(({ type }) => type === 'resync_needed')).toBe(false)

  away.clear()
  await alice.next('resync_needed')
  const answer = await alice.request({ type: 'sync', since: world.checkpoint([0n]), limit: 100 })
  expect(answer).toMatchObject({ result: { more: false } })
  expect(answer).not.toHaveProperty('result.degraded')
  await expect.poll(() => alice.frames.at(-1)).toMatchObject({ type: 'heartbeat', checkpoint: expect.any(String) })
})

it('a device that lags syncs with what there is, is live again, and lacks what the page lacked', async () => {
  const { away, bend } = withLogs()
  world = await createWorld({ heartbeatMs: 40 }, bend)
  const group = await world.startGroup('alice', 'bob')
  const [alice, bob] = [await openClient(world.url, { user: 'alice' }), await openClient(world.url, { user: 'bob' })]
  await alice.connect()
  await bob.connect()
  away.add('log-0')
  world.gateway.lost()
  await alice.next('resync_needed')
  const answer = await alice.request({ type: 'sync', since: world.checkpoint([0n]), limit: 100 })
  expect(answer).toMatchObject({ result: { more: false, degraded: ['log-0'] } })
  await bob.message(group, 1)
  expect(await alice.next('events')).toMatchObject({ events: [{ type: 'MessageSent' }] })
  away.clear()
  await alice.next('resync_needed', 2)
})
