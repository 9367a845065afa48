import { describe, expect, it } from 'vitest'
import { createMemoryBus, createMemoryBusHub } from '../../../src/adapters/memory/event-bus.ts'
import { createBusJournal } from '../../support/event-bus/journal.ts'
import { follow, sliceChain } from '../../support/event-bus/slices.ts'
import { eventBusContract } from './event-bus.suite.ts'

eventBusContract('The bus in memory', async (partitions) => {
  const hub = createMemoryBusHub(partitions)
  return { partitions, connect: async () => createMemoryBus(hub), dispose: async () => {} }
})

describe('The bus in memory', () => {
  it('keeps a bounded number of slices: who comes too late sees a hole', async () => {
    const bus = createMemoryBus(createMemoryBusHub(1, 10))
    const next = sliceChain(0)
    for (let index = 0; index < 100; index += 1) await bus.publish([next(1)])
    const journal = createBusJournal()
    const { open, onError } = journal.member('a')
    await bus.consume('views', open, { from: 'earliest', onError })
    await journal.until(() => journal.taken.at(-1)?.upTo === 100n)
    expect(journal.taken.length).toBeLessThan(20)
    expect(follow(journal.taken).holes).toHaveLength(1)
    await bus.close()
  })
})
