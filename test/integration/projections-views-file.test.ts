import { existsSync } from 'node:fs'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  openEmbeddedDocumentReader,
  openEmbeddedDocuments,
} from '../../src/adapters/embedded/documents/open-documents.ts'

const things = { name: 'things.v1.0', fields: { size: 'integer' }, indexes: [['size']] } as const
const thing = (n: number) => ({
  collection: things.name,
  key: `key${String(n).padStart(6, '0')}`,
  revision: 1,
  document: { size: n, text: 'x'.repeat(500) },
})

describe('the file of the embedded views', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'views-'))
  })
  afterEach(() => rm(directory, { recursive: true }))

  const file = () => join(directory, 'views.db')
  const fill = async (count: number) => {
    const store = await openEmbeddedDocuments({ directory })
    await store.open(things)
    await store.write(
      Array.from({ length: count }, (_, n) => thing(n)),
      { checkpoint: '7' },
    )
    await store.close()
  }
  const reopened = async () => {
    const store = await openEmbeddedDocuments({ directory })
    const { replaced } = store
    const checkpoint = await store.getMeta('checkpoint')
    await store.open(things)
    await store.write([thing(1)])
    await store.close()
    return { replaced, checkpoint }
  }

  it('is kept when it is sound', async () => {
    await fill(3)
    expect(await reopened()).toEqual({ replaced: undefined, checkpoint: '7' })
  })

  it('of a newer format is begun anew, and says so', async () => {
    await fill(3)
    const database = new Database(file())
    database.pragma('user_version = 99')
    database.close()
    expect(await reopened()).toEqual({ replaced: 'other_format', checkpoint: undefined })
  })

  it('that is no database is begun anew, and says so', async () => {
    await writeFile(file(), 'x'.repeat(20_000))
    expect(await reopened()).toEqual({ replaced: 'corrupt', checkpoint: undefined })
  })

  it('whose damage shows later is begun anew the next time', async () => {
    await fill(2_000)
    const handle = await open(file(), 'r+')
    for (let page = 8; page < 60; page += 1) await handle.write(Buffer.alloc(8192, 0xff), 0, 8192, page * 8192)
    await handle.close()
    const store = await openEmbeddedDocuments({ directory })
    expect(store.replaced).toBeUndefined()
    await store.open(things, { deferIndexes: true })
    await expect(store.find(things.name, {})).rejects.toThrow()
    await store.close()
    expect(await reopened()).toEqual({ replaced: 'corrupt', checkpoint: undefined })
    expect((await reopened()).replaced).toBeUndefined()
  })

  it('is read beside the writer, whole batches only, and as empty before it exists', async () => {
    const reader = await openEmbeddedDocumentReader({ directory })
    expect(await reader.find(things.name, {})).toEqual([])
    expect(await reader.getMeta('checkpoint')).toBeUndefined()
    const store = await openEmbeddedDocuments({ directory })
    expect(await reader.count(things.name, {}, 10)).toBe(0)
    await store.open(things)
    await store.write([thing(1), thing(2)], { checkpoint: '1' })
    expect(await reader.count(things.name, { where: { size: { gt: 0 } } }, 10)).toBe(2)
    await store.drop(things.name)
    expect(await reader.get(things.name, 'key000001')).toBeUndefined()
    await reader.close()
    await store.close()
  })

  it('that was replaced is noticed by a reader when it looks up the live collections', async () => {
    await fill(3)
    const reader = await openEmbeddedDocumentReader({ directory })
    expect(await reader.getMeta('checkpoint')).toBe('7')
    await writeFile(join(directory, 'views.db-damaged'), '')
    const store = await openEmbeddedDocuments({ directory })
    expect(store.replaced).toBe('corrupt')
    expect(existsSync(join(directory, 'views.db-damaged'))).toBe(false)
    expect(await reader.getMeta('checkpoint')).toBeUndefined()
    await store.write([], { checkpoint: '8' })
    expect(await reader.getMeta('checkpoint')).toBe('8')
    await reader.close()
    await store.close()
  })

  it('refuses a collection that was made with other fields: the version must be raised', async () => {
    await fill(1)
    const store = await openEmbeddedDocuments({ directory })
    await expect(store.open({ ...things, fields: { ...things.fields, colour: 'text' } })).rejects.toThrow(
      /raise the view/,
    )
    await store.close()
  })
})
