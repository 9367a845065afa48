import { describe } from 'vitest'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { openRedisWorld } from '../../support/engines/redis-world.ts'
import { channelsContract } from './channels.suite.ts'

const url = await engineUrl('redis')

describe.skipIf(url === undefined)(url === undefined ? 'No Redis here: skipped' : 'With Redis', () => {
  channelsContract('Redis', async () => {
    const world = await openRedisWorld(url ?? '')
    return {
      connect: async (onError) => (await world.open(onError)).channels,
      interrupt: () => world.cut('subscriber'),
      dispose: world.dispose,
    }
  })
})
