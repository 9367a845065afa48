import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBFactory } from 'fake-indexeddb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Locks } from '../../../src/client/browser-lock.ts'
import { createFileStore } from '../../../src/client/file-store.ts'
import { createIndexedDbStore } from '../../../src/client/indexeddb-store.ts'

/** As the Web Locks API behaves with `ifAvailable`. */
const createLocks = (): Locks => {
  const taken = new Set<string>()
  return {
    request: async (name, _options, held) => {
      if (taken.has(name)) return held(null)
      taken.add(name)
      await held({})
      taken.delete(name)
    },
  }
}

describe('One writer for each store', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backscroll-lock-'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  it('refuses a second client over one file until the first has closed it', async () => {
    const path = join(directory, 'one.journal')
    const first = createFileStore(path)
    await first.load()
    await expect(createFileStore(path).load()).rejects.toMatchObject({ code: 'store_in_use' })
    await first.close()
    const next = createFileStore(path)
    await next.load()
    await next.close()
  })

  it('takes over a file of a process that died', async () => {
    const path = join(directory, 'two.journal')
    await writeFile(`${path}.lock`, '999999999')
    const store = createFileStore(path)
    await store.load()
    await store.close()
  })

  it('refuses a second tab over one database until the first has closed it', async () => {
    const [factory, locks] = [new IDBFactory(), createLocks()]
    const first = createIndexedDbStore('device', factory, locks)
    await first.load()
    await expect(createIndexedDbStore('device', factory, locks).load()).rejects.toMatchObject({ code: 'store_in_use' })
    await first.close()
    const next = createIndexedDbStore('device', factory, locks)
    await next.load()
    await next.close()
  })
})
