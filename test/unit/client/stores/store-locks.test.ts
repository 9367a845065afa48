import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Locks } from '../../../../packages/client/src/platform/browser-lock.ts'
import { createFileStore } from '../../../../packages/client/src/stores/file/file-store.ts'
import { createIndexedDbStore } from '../../../../packages/client/src/stores/indexeddb-store.ts'

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

const opens = async (path: string) => {
  const store = createFileStore(path)
  await store.load()
  await store.close()
}

const opener = new URL('../../../support/client/store-holder.ts', import.meta.url).pathname

/** Another process that opens a store. */
const hold = async (path: string) => {
  const child = spawn(process.execPath, [opener, path])
  const ended = once(child, 'exit')
  const [said] = await once(child.stdout, 'data')
  return {
    said: String(said).trim(),
    close: async () => {
      child.stdin.write('close\n')
      await ended
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
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

  it('refuses a second client in another process until that has closed it', async () => {
    const path = join(directory, 'two.journal')
    const holder = await hold(path)
    expect(holder.said).toBe('open')
    await expect(createFileStore(path).load()).rejects.toMatchObject({ code: 'store_in_use' })
    await holder.close()
    await opens(path)
  })

  it('opens at once when its holder was killed', async () => {
    const path = join(directory, 'three.journal')
    const holder = await hold(path)
    expect(holder.said).toBe('open')
    await holder.kill()
    await opens(path)
  })

  it('is not held by a file that names this very process, as the first process of each container does', async () => {
    const path = join(directory, 'four.journal')
    await opens(path)
    await writeFile(`${path}.lock`, String(process.pid))
    await opens(path)
  })

  it('lets one in of many that open at the same time, in every round, also while the holder compacts and is killed', async () => {
    const path = join(directory, 'five.journal')
    const first = createFileStore(path)
    await first.load()
    await first.write([{ key: 'large', value: 'x'.repeat(300_000) }])
    const rivals = Array.from({ length: 4 }, () => createFileStore(path))
    for (let n = 0; n < 20; n += 1) {
      const compacting = first.write([{ key: 'large', value: `${n}${'x'.repeat(300_000)}` }])
      const tries = await Promise.allSettled(rivals.map((store) => store.load()))
      expect(tries.map(({ status }) => status)).toEqual(rivals.map(() => 'rejected'))
      await compacting
    }
    await first.close()
    for (let n = 0; n < 3; n += 1) {
      const racers = await Promise.all(Array.from({ length: 4 }, () => hold(path)))
      expect(racers.map(({ said }) => said).toSorted()).toEqual(['open', ...Array(3).fill('store_in_use')])
      await Promise.all(racers.map(({ kill }) => kill()))
    }
    for (let n = 0; n < 50; n += 1) {
      const racers = Array.from({ length: 4 }, () => createFileStore(path))
      const tries = await Promise.allSettled(racers.map((store) => store.load()))
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const [index, { status }] of tries.entries()) if (status === 'fulfilled') await racers[index]?.close()
    }
  })

  it('refuses a second tab over one database until the first has closed it', async () => {
    const [factory, locks] = [new IDBFactory(), createLocks()]
    const first = createIndexedDbStore('device', factory, locks, IDBKeyRange)
    await first.load()
    await expect(createIndexedDbStore('device', factory, locks, IDBKeyRange).load()).rejects.toMatchObject({
      code: 'store_in_use',
    })
    await first.close()
    const next = createIndexedDbStore('device', factory, locks, IDBKeyRange)
    await next.load()
    await next.close()
  })
})
