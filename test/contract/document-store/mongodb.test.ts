import { describe } from 'vitest'
import { openMongoDocuments } from '../../../src/adapters/mongodb/open-documents.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newMongoDatabase } from '../../support/engines/mongodb-database.ts'
import { documentStoreContract } from './document-store.suite.ts'
import { marksContract } from './marks.suite.ts'

const server = await engineUrl('mongodb')

describe.skipIf(server === undefined)(server === undefined ? 'skipped: no MongoDB' : 'on a server', () => {
  documentStoreContract('the store in MongoDB', async () => {
    const { options, remove } = await newMongoDatabase(server ?? '')
    let store = await openMongoDocuments(options)
    return {
      store,
      reopen: async () => {
        await store.close()
        store = await openMongoDocuments(options)
        return store
      },
      remove: async () => {
        await store.close()
        await remove()
      },
    }
  })

  marksContract('the store in MongoDB', async () => {
    const { options, remove } = await newMongoDatabase(server ?? '')
    const store = await openMongoDocuments(options)
    return {
      store,
      remove: async () => {
        await store.close()
        await remove()
      },
    }
  })
})
