import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBFactory } from 'fake-indexeddb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStreamKey } from '../../../../packages/client/src/crypto/stream-cipher.ts'
import type { ClientStore } from '../../../../packages/client/src/stores/client-store.ts'
import { createEncryptedStore } from '../../../../packages/client/src/stores/encrypted-store.ts'
import { eraseStore } from '../../../../packages/client/src/stores/erase-store.ts'
import { createFileStore } from '../../../../packages/client/src/stores/file/file-store.ts'
import { createIndexedDbStore } from '../../../../packages/client/src/stores/indexeddb-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { importStoreKey } from '../../../../packages/client/src/stores/store-key.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-shelf-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const memory = createMemoryStore()
const factory = new IDBFactory()
const stores: readonly (readonly [string, () => Promise<ClientStore>])[] = [
  ['memory', async () => memory],
  ['file', async () => createFileStore(join(directory, 'store'))],
  ['IndexedDB', async () => createIndexedDbStore('files', factory, undefined)],
  ['encrypted', async () => createEncryptedStore(createMemoryStore(), await importStoreKey(createStreamKey()))],
]

const shelfOf = ({ files }: ClientStore) => {
  if (files === undefined) throw new Error('This store keeps no files')
  return files
}

describe.each(stores)('The shelf of the %s store', (name, open) => {
  it('keeps pieces over a restart, and removes one file without the others', async () => {
    const first = await open()
    await first.load()
    const shelf = shelfOf(first)
    expect(await shelf.list()).toEqual([])
    const pieces = [0, 1, 10].map((index) => [index, Uint8Array.of(index, 7)] as const)
    for (const [index, bytes] of pieces) await shelf.put('one', index, bytes)
    await shelf.put('one-more', 0, Uint8Array.of(9))
    await first.close()
    const store = name === 'encrypted' ? first : await open()
    await store.load()
    const again = shelfOf(store)
    for (const [index, bytes] of pieces) expect([...((await again.get('one', index)) ?? [])]).toEqual([...bytes])
    expect(await again.get('one', 2)).toBeUndefined()
    expect([...(await again.list())].sort()).toEqual(['one', 'one-more'])
    await again.remove('one')
    expect(await again.get('one', 0)).toBeUndefined()
    expect(await again.list()).toEqual(['one-more'])
    await store.close()
  })

  it('is erased with the store', async () => {
    const store = await open()
    await store.load()
    await shelfOf(store).put('kept', 0, Uint8Array.of(1))
    await store.close()
    await eraseStore(store)
    const after = name === 'encrypted' ? store : await open()
    await after.load()
    expect(await shelfOf(after).list()).toEqual([])
    await after.close()
  })
})

it('The shelf of a directory takes no path for an id', async () => {
  const shelf = shelfOf(createFileStore(join(directory, 'other')))
  for (const id of ['..', 'a/b', '', 'a\\b'])
    await expect(shelf.put(id, 0, new Uint8Array())).rejects.toThrow(RangeError)
})
