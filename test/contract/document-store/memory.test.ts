import { createMemoryDocumentStore, createMemoryDocuments } from '../../../src/adapters/memory/document-store.ts'
import { documentStoreContract } from './document-store.suite.ts'

documentStoreContract('the store in memory', async () => {
  const documents = createMemoryDocuments()
  return {
    store: createMemoryDocumentStore(documents),
    reopen: async () => createMemoryDocumentStore(documents),
    remove: async () => {},
  }
})
