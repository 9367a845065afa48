import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, describe, expect, it } from 'vitest'
import { createEncryptedStore } from '../../../../packages/client/src/stores/encrypted-store.ts'
import { createFileStore } from '../../../../packages/client/src/stores/file/file-store.ts'
import { createIndexedDbStore } from '../../../../packages/client/src/stores/indexeddb-store.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { importStoreKey } from '../../../../packages/client/src/stores/store-key.ts'
import { codeOf } from '../../../support/e2ee/world.ts'
import { describeStore } from './store.suite.ts'

const key = await importStoreKey(new Uint8Array(32).fill(7))
const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true })
})

const newPath = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-encrypted-'))
  directories.push(directory)
  return join(directory, 'device.journal')
}

describeStore('encrypted memory', async () => {
  const inner = createMemoryStore()
  return { open: () => createEncryptedStore(inner, key) }
})

describeStore('encrypted file', async () => {
  const path = await newPath()
  return { open: () => createEncryptedStore(createFileStore(path), key) }
})

describeStore('encrypted IndexedDB', async () => {
  const factory = new IDBFactory()
  return { open: () => createEncryptedStore(createIndexedDbStore('device', factory, undefined, IDBKeyRange), key) }
})

const written = async (changes: readonly { key: string; value: unknown }[]) => {
  const inner = createMemoryStore()
  const store = createEncryptedStore(inner, key)
  await store.load()
  await store.write(changes)
  return inner
}

describe('An encrypted store', () => {
  it('leaves neither names nor values on the disk', async () => {
    const path = await newPath()
    const store = createEncryptedStore(createFileStore(path), key)
    await store.load()
    await store.write([{ key: 'canary-name', value: { text: 'canary-value' } }])
    await store.close()
    expect(await readFile(path, 'utf8')).not.toMatch(/canary/)
  })

  it('does not open with another key', async () => {
    const inner = await written([{ key: 'a', value: 1 }])
    const other = createEncryptedStore(inner, await importStoreKey(new Uint8Array(32).fill(8)))
    expect(await codeOf(other.load())).toBe('wrong_key')
  })

  it('notices values that were exchanged', async () => {
    const inner = await written([
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ])
    const [a, b] = [...(await inner.load())]
    if (a === undefined || b === undefined) throw new Error('Nothing was stored')
    await inner.write([
      { key: a[0], value: b[1] },
      { key: b[0], value: a[1] },
    ])
    expect(await codeOf(createEncryptedStore(inner, key).load())).toBe('wrong_key')
  })

  it('of an earlier version, whose names had no order, is moved at its first start', async () => {
    const path = await newPath()
    const file = createFileStore(path)
    const old = createEncryptedStore({ load: file.load, write: file.write, close: file.close }, key)
    await old.load()
    await old.write([{ key: 'a', value: 1 }, ...[3, 1, 2].map((n) => ({ key: `plain/c/00${n}`, value: n }))])
    await old.close()
    for (let starts = 0; starts < 2; starts += 1) {
      const store = createEncryptedStore(createFileStore(path), key)
      const opened = await store.open?.(['plain/', 'refers/'])
      expect(Object.fromEntries(opened?.records ?? [])).toEqual({ a: 1 })
      const found = await opened?.reads.range({ prefix: 'plain/c/', limit: 9 })
      expect(found).toEqual([1, 2, 3].map((n) => [`plain/c/00${n}`, n]))
      await store.close()
    }
    const disk = await readFile(path, 'latin1')
    expect([disk.includes('plain/'), disk.includes('plain/c/')]).toEqual([true, false])
  })

  it('takes no short key', () => {
    expect(() => importStoreKey(new Uint8Array(16))).toThrow(RangeError)
  })
})
