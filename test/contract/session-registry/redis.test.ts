import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { openRedisWorld } from '../../support/engines/redis-world.ts'
import { sessionRegistryContract } from './session-registry.suite.ts'

const url = await engineUrl('redis')

describe.skipIf(url === undefined)(url === undefined ? 'No Redis here: skipped' : 'With Redis', () => {
  sessionRegistryContract('Redis', async (ttlMs) => {
    const world = await openRedisWorld(url ?? '', ttlMs)
    return {
      connect: async () => (await world.open()).registry,
      lose: world.lose,
      pass: (ms) => sleep(ms),
      dispose: world.dispose,
    }
  })

  it('keeps nothing of gateways that died', async () => {
    const world = await openRedisWorld(url ?? '', 300)
    const { registry } = await world.open()
    await registry.begin('g1')
    await registry.enter('g1', ['alice', 'bob'])
    expect(await world.keys()).toHaveLength(3)
    await expect.poll(world.keys).toEqual([])
    await world.dispose()
  })
})
