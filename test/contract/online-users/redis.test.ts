import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { openRedisWorld } from '../../support/engines/redis-world.ts'
import { onlineUsersContract } from './online-users.suite.ts'

const url = await engineUrl('redis')

describe.skipIf(url === undefined)(url === undefined ? 'No Redis here: skipped' : 'With Redis', () => {
  onlineUsersContract('Redis', async (ttlMs) => {
    const world = await openRedisWorld(url ?? '', ttlMs)
    return {
      connect: async () => (await world.open()).online,
      lose: world.lose,
      pass: (ms) => sleep(ms),
      dispose: world.dispose,
    }
  })

  it('leaves no keys of dead processes behind', async () => {
    const world = await openRedisWorld(url ?? '', 2_000)
    const { online } = await world.open()
    await online.enter('p1', ['alice', 'bob'])
    expect(await world.keys()).toHaveLength(3)
    await expect.poll(world.keys, { timeout: 25_000 }).toEqual([])
    await world.dispose()
  })
})
