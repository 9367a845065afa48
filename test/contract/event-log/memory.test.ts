import { createMemoryLog, createMemoryStorage } from '../../../src/adapters/memory/event-log.ts'
import { eventLogContract } from './event-log.suite.ts'

eventLogContract('The log in memory', async () => {
  const storage = createMemoryStorage()
  return { open: async () => createMemoryLog(storage), dispose: async () => {} }
})
