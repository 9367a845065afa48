import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { openBrowserStoreKey } from '../../../../packages/client/src/stores/browser-store-key.ts'
import { createEncryptedStore } from '../../../../packages/client/src/stores/encrypted-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'

describe('The store key of a browser', () => {
  it('cannot be read, and is the same after a reload, also when two tabs made it at once', async () => {
    const factory = new IDBFactory()
    const [one, other] = await Promise.all([openBrowserStoreKey('key', factory), openBrowserStoreKey('key', factory)])
    expect(one.extractable).toBe(false)
    const inner = createMemoryStore()
    await createEncryptedStore(inner, one).write([{ key: 'a', value: 1 }])
    for (const key of [other, await openBrowserStoreKey('key', factory)])
      expect(await createEncryptedStore(inner, key).load()).toEqual(new Map([['a', 1]]))
  })
})
