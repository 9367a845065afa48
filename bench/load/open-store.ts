import { loadRecords } from '../../packages/client/src/records/client-records.ts'
import { loadPlaintexts } from '../../packages/client/src/records/plaintexts.ts'
import { createEncryptedStore } from '../../packages/client/src/stores/encrypted-store.ts'
import { createFileStore } from '../../packages/client/src/stores/file/file-store.ts'
import { importStoreKey } from '../../packages/client/src/stores/store-key.ts'
import { deviceOfStore, storeConversation } from '../seed/store-seed.ts'

/** Opens a store as a client does at its start, reads as many messages as a page of history has, and says what it cost. A process of its own: memory is told whole. */
const [path = '', kind = 'plain'] = process.argv.slice(2)
const inner = createFileStore(path)
const store = kind === 'plain' ? inner : createEncryptedStore(inner, await importStoreKey(new Uint8Array(32)))

globalThis.gc?.()
const before = process.memoryUsage().rss
const start = performance.now()
const records = await loadRecords(store, deviceOfStore)
const openedAt = performance.now()
const grown = process.memoryUsage().rss - before
const plaintexts = loadPlaintexts(records.stored, records.lazy)
const found = await Promise.all(
  Array.from({ length: 50 }, (_, n) => plaintexts.get(storeConversation(n % 5), Math.floor(n / 5))),
)
const pageMs = performance.now() - openedAt
if (found.some((one) => one === undefined)) throw new Error('A message is missing')
await store.close()
process.stdout.write(JSON.stringify({ openMs: openedAt - start, grownBytes: grown, pageMs }))
