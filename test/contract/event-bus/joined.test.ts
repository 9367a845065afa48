import { createMemoryBus, createMemoryBusHub } from '../../../src/adapters/memory/event-bus.ts'
import { createJoinedBus } from '../../../src/event-log/bus/joined-bus.ts'
import { eventBusContract } from './event-bus.suite.ts'

eventBusContract('The buses of two logs as one', async (partitions) => {
  const hubs = [createMemoryBusHub(partitions / 2), createMemoryBusHub(partitions / 2)]
  return { partitions, connect: async () => createJoinedBus(hubs.map(createMemoryBus)), dispose: async () => {} }
})
