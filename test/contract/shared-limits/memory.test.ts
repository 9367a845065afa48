import { createMemoryLimits } from '../../../src/adapters/memory/shared-limits.ts'
import { sharedLimitsContract } from './shared-limits.suite.ts'

sharedLimitsContract('Memory', async () => {
  let time = 1_000_000
  const limits = createMemoryLimits(() => time)
  return {
    limits,
    another: limits,
    pass: async (ms) => {
      time += ms
    },
    dispose: async () => {},
  }
})
