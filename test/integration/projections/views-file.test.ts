import { existsSync, statSync } from 'node:fs'
import { copyFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkViewsFile } from '../../../src/adapters/embedded/documents/check-views.ts'
import {
  openEmbeddedDocumentReader,
  openEmbeddedDocuments,
} from '../../../src/adapters/embedded/documents/open-documents.ts'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'

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

  it('that was not closed in order is looked at whole, and begun anew where it is damaged', async () => {
    await fill(2_000)
    const store = await openEmbeddedDocuments({ directory })
    await store.open(things, { deferIndexes: true })
    await store.write([thing(3_000)])
    const killed = await mkdtemp(join(tmpdir(), 'views-killed-'))
    for (const name of ['views.db', 'views.db-wal']) await copyFile(join(directory, name), join(killed, name))
    await store.close()
    const sound = await openEmbeddedDocuments({ directory: killed })
    expect([sound.replaced, await sound.getMeta('checkpoint')]).toEqual([undefined, '7'])
    await sound.open(things, { deferIndexes: true })
    await sound.write([thing(3_001)])
    const handle = await open(join(killed, 'views.db'), 'r+')
    await handle.write(Buffer.alloc(8192, 0xff), 0, 8192, 30 * 8192)
    await handle.close()
    // The write-ahead log is there still: nobody has closed it in order.
    const damaged = await openEmbeddedDocuments({ directory: killed })
    expect(damaged.replaced).toBe('corrupt')
    await damaged.close()
    await sound.close()
    await rm(killed, { recursive: true })
  })

  it('whose document has another checksum is refused to readers, until it is made anew', async () => {
    await fill(3)
    const database = new Database(file())
    database.prepare(`UPDATE "things.v1.0" SET document = replace(document, '1', '2') WHERE key = 'key000001'`).run()
    database.close()
    const damages: unknown[] = []
    const reader = await openEmbeddedDocumentReader({ directory, onDamage: (error) => damages.push(error) })
    expect(await reader.get(things.name, 'key000002')).toBeDefined()
    for (let n = 0; n < 2; n += 1) await expect(reader.find(things.name, {})).rejects.toBeInstanceOf(UnavailableError)
    await expect(reader.get(things.name, 'key000002')).rejects.toBeInstanceOf(UnavailableError)
    expect(damages.map(String)).toEqual([expect.stringContaining('key000001 is not what was written')])
    const store = await openEmbeddedDocuments({ directory })
    expect(store.replaced).toBe('corrupt')
    await store.open(things)
    await store.write([thing(1)], { checkpoint: '9' })
    expect(await reader.getMeta('checkpoint')).toBe('9')
    expect(await reader.find(things.name, {})).toHaveLength(1)
    await reader.close()
    await store.close()
  })

  it('is looked at whole when somebody asks: documents, the columns by which they are found, and indexes', async () => {
    await fill(3)
    expect(checkViewsFile(directory)).toBe(3)
    const change = (sql: string) => {
      const database = new Database(file())
      database.exec(sql)
      database.close()
    }
    change(`UPDATE "things.v1.0" SET f_size = 7 WHERE key = 'key000001'`)
    expect(() => checkViewsFile(directory)).toThrow('key000001 is not what was written')
    change(`UPDATE "things.v1.0" SET f_size = 1, revision = 2 WHERE key = 'key000001'`)
    expect(() => checkViewsFile(directory)).toThrow('key000001 is not what was written')
    change(`UPDATE "things.v1.0" SET revision = 1 WHERE key = 'key000001'`)
    expect(checkViewsFile(directory)).toBe(3)
  })

  it('is closed in order beside a reader, so that the next start need not look at all of it', async () => {
    await fill(3)
    const reader = await openEmbeddedDocumentReader({ directory })
    const store = await openEmbeddedDocuments({ directory })
    await store.open(things)
    await store.write([thing(4)])
    expect(await reader.count(things.name, {}, 10)).toBe(4)
    await store.close()
    await reader.close()
    expect(existsSync(`${file()}-wal`) ? statSync(`${file()}-wal`).size : 0).toBe(0)
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
