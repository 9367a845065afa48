import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { createFileStore } from '../../../../../packages/client/src/stores/file/file-store.ts'
import { openSqliteRecords } from '../../../../../packages/client/src/stores/file/sqlite-records.ts'
import { journalOf, oldJournalOf } from '../../../../support/client/store-journal.ts'
import { describeStore } from '../store.suite.ts'

const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true })
})

const newPath = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-store-'))
  directories.push(directory)
  return join(directory, 'deep', 'device.store')
}

describeStore('file', async () => {
  const path = await newPath()
  return { open: () => createFileStore(path) }
})

const loaded = async (path: string) => {
  const store = createFileStore(path)
  const records = await store.load()
  await store.close()
  return Object.fromEntries(records)
}

const written = async (writes: readonly Readonly<Record<string, unknown>>[]): Promise<string> => {
  const path = await newPath()
  const store = createFileStore(path)
  await store.load()
  for (const values of writes) await store.write(Object.entries(values).map(([key, value]) => ({ key, value })))
  await store.close()
  return path
}

const journal = async (text: string | Buffer): Promise<string> => {
  const path = await newPath()
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

/** All files of a store, as whoever has the disk reads them. */
const onDisk = async (path: string): Promise<string> => {
  const names = await readdir(dirname(path))
  return (await Promise.all(names.map((name) => readFile(join(dirname(path), name), 'latin1')))).join('\n')
}

describe('The file store', () => {
  it('holds nothing of what was replaced or deleted a moment after the write', async () => {
    const path = await written([{ a: 'canary of a', b: `canary of b ${'x'.repeat(20_000)}`, c: 'stays' }])
    expect(await onDisk(path)).toContain('canary of a')
    const store = createFileStore(path)
    await store.load()
    await store.write([
      { key: 'a', value: 'new' },
      { key: 'd', value: 'canary within a write' },
      { key: 'b', value: undefined },
      { key: 'd', value: 4 },
    ])
    await expect.poll(() => onDisk(path), { timeout: 5_000 }).not.toContain('canary')
    await store.close()
    expect(await loaded(path)).toEqual({ a: 'new', c: 'stays', d: 4 })
  })

  it('is read by its owner alone, and lasts as it was when its process is killed at any moment', async () => {
    const path = await newPath()
    const store = createFileStore(path)
    await store.load()
    for (let n = 0; n < 20; n += 1)
      await store.write([
        { key: 'n', value: n },
        { key: `at/${n}`, value: n },
      ])
    // As a killed process leaves it: what is in the files at this moment.
    const copy = await newPath()
    await mkdir(dirname(copy), { recursive: true })
    for (const name of await readdir(dirname(path))) {
      expect((await stat(join(dirname(path), name))).mode & 0o077).toBe(0)
      await writeFile(join(dirname(copy), name), await readFile(join(dirname(path), name)))
    }
    await store.close()
    expect((await loaded(copy)).n).toBe(19)
    expect(await loaded(copy)).toEqual(await loaded(path))
  })

  it('refuses a file that is damaged: no database, cut off, or with another value than was written', async () => {
    const path = await written([{ a: 'first', b: 'x'.repeat(50_000) }])
    const whole = await readFile(path)
    await writeFile(path, whole.subarray(0, whole.length - 8192))
    await expect(loaded(path)).rejects.toMatchObject({ code: 'corrupt_store' })
    const at = whole.indexOf('"first"') + 2
    whole[at] = (whole[at] ?? 0) ^ 1
    await writeFile(path, whole)
    await expect(loaded(path)).rejects.toMatchObject({ code: 'corrupt_store' })
    await writeFile(path, 'neither a journal nor a database')
    await expect(loaded(path)).rejects.toMatchObject({ code: 'corrupt_store' })
  })

  it('goes on after the disk was full, with nothing of what it refused', async () => {
    const path = await newPath()
    const store = createFileStore(path)
    await store.load()
    await store.write([{ key: 'a', value: 1 }])
    await store.close()
    const database = new Database(path)
    const pages = Number(database.pragma('page_count', { simple: true }))
    database.close()
    // A limit of SQLite's is to it as a full disk.
    const full = createFileStore(path, { mostPages: pages + 1 })
    await full.load()
    await expect(full.write([{ key: 'b', value: 'x'.repeat(100_000) }])).rejects.toMatchObject({ code: 'SQLITE_FULL' })
    await full.write([{ key: 'a', value: 2 }])
    await full.close()
    expect(await loaded(path)).toEqual({ a: 2 })
  })
})

describe('A file store whose disk fails', () => {
  it('opens the file again with the next write, and with the next read', async () => {
    const path = await newPath()
    let [opened, failing] = [0, false]
    const eio = () => {
      if (failing) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' })
    }
    const openRecords: typeof openSqliteRecords = async (...given) => {
      const records = await openSqliteRecords(...given)
      opened += 1
      return {
        ...records,
        apply: (changes) => {
          eio()
          records.apply(changes)
        },
      }
    }
    const store = createFileStore(path, { openRecords })
    const reads = (await store.open?.(['plain/']))?.reads
    await store.write([{ key: 'plain/c/1', value: 'first' }])
    failing = true
    await expect(store.write([{ key: 'plain/c/2', value: 2 }])).rejects.toMatchObject({ code: 'SQLITE_IOERR_WRITE' })
    expect([await reads?.get('plain/c/1'), opened]).toEqual(['first', 2])
    await expect(store.write([{ key: 'plain/c/2', value: 2 }])).rejects.toThrow('disk I/O error')
    failing = false
    await store.write([{ key: 'plain/c/2', value: 'second' }])
    expect(opened).toBe(3)
    await store.close()
    expect(await loaded(path)).toEqual({ 'plain/c/1': 'first', 'plain/c/2': 'second' })
  })
})

describe('A journal of an earlier version', () => {
  const kept = { a: 'first', b: { n: 2 }, c: undefined }
  const rest = { a: 'first', b: { n: 2 } }

  it('is moved at the start, and gone on with', async () => {
    const path = await journal(journalOf([{ c: 'canary' }, kept, { 'plain/c/000000000001': { plaintext: 'x' } }]))
    const store = createFileStore(path)
    expect(Object.fromEntries(await store.load())).toEqual({ ...rest, 'plain/c/000000000001': { plaintext: 'x' } })
    await store.write([{ key: 'd', value: 4 }])
    await store.close()
    expect((await readFile(path)).toString('latin1', 0, 15)).toBe('SQLite format 3')
    expect(await loaded(path)).toMatchObject({ ...rest, d: 4 })
    expect(await onDisk(path)).not.toContain('canary')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is moved whatever a crash has left of an earlier try', async () => {
    for (const left of ['', 'half a copy', await readFile(await written([{ a: 'of another try' }]))]) {
      const path = await journal(journalOf([{ z: 1 }, kept]))
      await writeFile(`${path}.new`, left)
      await writeFile(`${path}.new-wal`, 'what was beside it')
      expect(await loaded(path)).toEqual({ ...rest, z: 1 })
    }
  })

  it('loses a write that was cut off at any byte, and nothing before it', async () => {
    const [before, whole] = [journalOf([{ z: 1 }, kept]), journalOf([{ z: 1 }, kept, { d: 'fourth', e: [5] }])]
    for (let bytes = before.length; bytes < whole.length; bytes += 7)
      expect(await loaded(await journal(whole.slice(0, bytes)))).toEqual({ ...rest, z: 1 })
  })

  it('is refused with any byte wrong before its last write, and stays as it is', async () => {
    const whole = Buffer.from(journalOf([{ z: 1 }, { f: 3 }, { d: 'fourth' }]))
    const end = journalOf([{ z: 1 }, { f: 3 }]).length
    for (let at = 0; at < end; at += 3) {
      const wrong = Buffer.from(whole)
      wrong[at] = (wrong[at] ?? 0) ^ 0x01
      const path = await journal(wrong)
      await expect(loaded(path), `byte ${at}`).rejects.toMatchObject({ code: 'corrupt_store' })
      expect(await readFile(path)).toEqual(wrong)
    }
  })

  it('is moved from the form before that too', async () => {
    const old = oldJournalOf([
      [
        ['a', 'canary'],
        ['b', 2],
      ],
      [['a'], ['c', null]],
    ])
    const path = await journal(`${old}0bad`)
    expect(await loaded(path)).toEqual({ b: 2, c: null })
    expect(await loaded(path)).toEqual({ b: 2, c: null })
  })
})
