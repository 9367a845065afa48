import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedDocuments } from '../../src/adapters/embedded/documents/open-documents.ts'
import { documentStoreContract } from './document-store.suite.ts'

documentStoreContract('the embedded store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'documents-'))
  let store = await openEmbeddedDocuments({ directory })
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await openEmbeddedDocuments({ directory })
      return store
    },
    remove: async () => {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
})
