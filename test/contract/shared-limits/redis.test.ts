import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { openRedisWorld } from '../../support/engines/redis-world.ts'
import { sharedLimitsContract } from './shared-limits.suite.ts'

const url = await engineUrl('redis')

describe.skipIf(url === undefined)(url === undefined ? 'No Redis here: skipped' : 'With Redis', () => {
  sharedLimitsContract('Redis', async () => {
    const world = await openRedisWorld(url ?? '')
    return {
      limits: (await world.open()).limits,
      another: (await world.open()).limits,
      pass: (ms) => sleep(ms),
      dispose: world.dispose,
    }
  })

  it('keeps nothing of what is over', async () => {
    const world = await openRedisWorld(url ?? '')
    const { limits } = await world.open()
    await limits.charge({ key: 'a', burst: 10, everyMs: 20, count: 10 })
    await limits.hold('b', 'one', 1, 200)
    expect(await world.keys()).toHaveLength(2)
    await expect.poll(world.keys).toEqual([])
    await world.dispose()
  })
})
