import { createEncryptedStore } from '../../../src/client/e2ee/encrypted-store.ts'
import { openBrowserStoreKey } from '../../../src/client/e2ee/store-key.ts'
import { createIndexedDbStore } from '../../../src/client/indexeddb-store.ts'
import { describeStore } from '../../unit/client/store.suite.ts'

let made = 0
const newName = () => `contract ${++made}`

describeStore('IndexedDB', async () => {
  const name = newName()
  return { open: () => createIndexedDbStore(name) }
})

describeStore('encrypted IndexedDB', async () => {
  const [name, key] = [newName(), await openBrowserStoreKey('contract keys')]
  return { open: () => createEncryptedStore(createIndexedDbStore(name), key) }
})
