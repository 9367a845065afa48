import { createMemoryDocumentStore, createMemoryDocuments } from '../../../src/adapters/memory/document-store.ts'
import { documentStoreContract } from './document-store.suite.ts'
import { marksContract } from './marks.suite.ts'

documentStoreContract('the store in memory', async () => {
  const documents = createMemoryDocuments()
  return {
    store: createMemoryDocumentStore(documents),
    reopen: async () => createMemoryDocumentStore(documents),
    remove: async () => {},
  }
})

marksContract('the store in memory', async () => ({ store: createMemoryDocumentStore(), remove: async () => {} }))
