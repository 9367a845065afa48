import { openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import { temporaryDirectory } from '../../support/event-log/directory.ts'
import { eventLogContract } from './event-log.suite.ts'

eventLogContract('The embedded log', async () => {
  const directory = temporaryDirectory()
  return {
    open: () => openEmbeddedLog({ directory: directory.path }),
    dispose: async () => directory.remove(),
  }
})

// With so few events in memory every reader falls back to the file now and then.
eventLogContract('The embedded log with two events in memory', async () => {
  const directory = temporaryDirectory()
  return {
    open: () => openEmbeddedLog({ directory: directory.path, recentEvents: 2 }),
    dispose: async () => directory.remove(),
  }
})
