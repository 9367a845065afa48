import { createMemoryChannels, createMemoryChannelsHub } from '../../../src/adapters/memory/channels.ts'
import { channelsContract } from './channels.suite.ts'

channelsContract('Channels in memory', async () => {
  const hub = createMemoryChannelsHub()
  return {
    connect: async (onError) => createMemoryChannels(hub, onError),
    interrupt: async () => hub.interrupt(),
    dispose: async () => {},
  }
})
