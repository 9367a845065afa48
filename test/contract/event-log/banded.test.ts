import { createMemoryLog, createMemoryStorage } from '../../../src/adapters/memory/event-log.ts'
import { bandStart } from '../../../src/event-log/positions.ts'
import { createBandedLog } from '../../../src/event-log/routing/banded-log.ts'
import { eventLogContract } from './event-log.suite.ts'

const index = 5

eventLogContract('A log in a band among several logs', async () => {
  const storage = createMemoryStorage()
  const open = async () => ({
    ...createBandedLog(createMemoryLog(storage), index, storage.epoch),
    origin: bandStart(index),
  })
  return { open, dispose: async () => {} }
}, ['blanking', 'acknowledgements first'])
