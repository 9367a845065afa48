import { createMemoryLeaseHub } from '../../../src/adapters/memory/lease-hub.ts'
import { createMemoryRegistry } from '../../../src/adapters/memory/session-registry.ts'
import { sessionRegistryContract } from './session-registry.suite.ts'

sessionRegistryContract('The registry in memory', async (ttlMs) => {
  let time = 1_000_000
  const hub = createMemoryLeaseHub(ttlMs, () => time)
  return {
    connect: async () => createMemoryRegistry(hub),
    lose: async () => hub.lose(),
    pass: async (ms) => {
      time += ms
    },
    dispose: async () => {},
  }
})
