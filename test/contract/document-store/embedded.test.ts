import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedDocuments } from '../../../src/adapters/embedded/documents/open-documents.ts'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'
import { documentStoreContract } from './document-store.suite.ts'
import { marksContract } from './marks.suite.ts'

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

marksContract('the embedded store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'documents-'))
  const store = await openEmbeddedDocuments({ directory })
  return {
    store,
    remove: async () => {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
})

test('a generation that lacks a field is being rebuilt: it answers as temporarily unavailable', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'documents-'))
  const store = await openEmbeddedDocuments({ directory })
  await store.open({ name: 'older', fields: { a: 'integer' }, indexes: [] })
  const found = store.find('older', { orderBy: { field: 'b', direction: 'ascending' } })
  await expect(found).rejects.toBeInstanceOf(UnavailableError)
  await store.close()
  await rm(directory, { recursive: true })
})
