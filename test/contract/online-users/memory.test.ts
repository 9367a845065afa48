import { createMemoryLeaseHub } from '../../../src/adapters/memory/lease-hub.ts'
import { createMemoryOnlineUsers } from '../../../src/adapters/memory/online-users.ts'
import { onlineUsersContract } from './online-users.suite.ts'

onlineUsersContract('Memory', async (ttlMs) => {
  let time = 1_000_000
  const hub = createMemoryLeaseHub(ttlMs, () => time)
  return {
    connect: async () => createMemoryOnlineUsers(hub),
    lose: async () => hub.lose(),
    pass: async (ms) => {
      time += ms
    },
    dispose: async () => {},
  }
})
