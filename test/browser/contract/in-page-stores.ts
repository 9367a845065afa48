import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { createIndexedDbStore } from '../../../packages/client/src/stores/indexeddb-store.ts'

let made = 0

/** What stands in for the other stores in a page: the browser's own, real one. */
export const createMemoryStore = (): ClientStore => {
  made += 1
  return createIndexedDbStore(`store ${made}`)
}
/** The same store for the same path. */
export const createFileStore = (path: string): ClientStore => createIndexedDbStore(path)
