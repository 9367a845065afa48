import { createMemoryLog, createMemoryStorage } from '../../../src/adapters/memory/event-log.ts'
import { createBandedLog } from '../../../src/ports/banded-log.ts'
import { bandStart } from '../../../src/ports/positions.ts'
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
