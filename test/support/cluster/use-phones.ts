import { afterAll, beforeAll } from 'vitest'
import type { Role } from '../../../src/config/config-settings.ts'
import { createPhones } from '../client/phones.ts'
import type { ServerProcess } from '../server/process.ts'
import { openTokens, type Tokens } from '../server/tokens.ts'
import { type ClusterWorld, openClusterWorld } from './world.ts'

/**
 * A cluster on the real engines for the tests of one `describe`, with one process for each list of roles. Phones connect
 * to the last process. All of it is gone after the tests.
 */
export const usePhonesOfCluster = (...processes: readonly (readonly Role[])[]) => {
  let world: ClusterWorld
  let front: ServerProcess
  let tokens: Tokens
  const phones = createPhones(() => ({ url: front.url, tokens }))

  beforeAll(async () => {
    world = await openClusterWorld()
    for (const roles of processes) {
      front = await world.process(roles)
      await front.start()
    }
    tokens = await openTokens(world.directory)
  }, 120_000)
  afterAll(async () => {
    await phones.close()
    await world?.discard()
  }, 60_000)

  return { world: () => world, front: () => front, connect: phones.connect }
}
