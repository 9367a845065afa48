import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { describeStore } from './store.suite.ts'

describeStore('memory', async () => {
  const store = createMemoryStore()
  return { open: () => store }
})
