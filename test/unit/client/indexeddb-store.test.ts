import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { createIndexedDbStore } from '../../../src/client/indexeddb-store.ts'
import { describeStore } from './store.suite.ts'

describeStore('IndexedDB', async () => {
  const factory = new IDBFactory()
  return { open: () => createIndexedDbStore('device', factory, undefined, IDBKeyRange) }
})
