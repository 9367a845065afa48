import { createMemoryDocumentStore, createMemoryDocuments } from '../../../src/adapters/memory/document-store.ts'
import { createNamedStore } from '../../../src/projections/partitions/epoch-scoped-store.ts'
import { createPartitionStore } from '../../../src/projections/partitions/partition-store.ts'
import { documentStoreContract } from './document-store.suite.ts'

documentStoreContract("one partition of one log's life in a store", async () => {
  const documents = createMemoryDocuments()
  const open = () => createPartitionStore(createNamedStore(createMemoryDocumentStore(documents), 'life'), 3)
  return { store: open(), reopen: async () => open(), remove: async () => {} }
})
