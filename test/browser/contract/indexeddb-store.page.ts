import { openBrowserStoreKey } from '../../../packages/client/src/stores/browser-store-key.ts'
import { createEncryptedStore } from '../../../packages/client/src/stores/encrypted-store.ts'
import { createIndexedDbStore } from '../../../packages/client/src/stores/indexeddb-store.ts'
import { describeStore } from '../../unit/client/stores/store.suite.ts'

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
