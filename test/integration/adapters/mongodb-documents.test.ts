import { ObjectId } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MongoOptions } from '../../../src/adapters/mongodb/connect.ts'
import { type MongoDocuments, openMongoDocuments } from '../../../src/adapters/mongodb/open-documents.ts'
import type { Collection } from '../../../src/ports/document-store.ts'
import { OperatorError } from '../../../src/ports/errors/operator-error.ts'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newMongoDatabase } from '../../support/engines/mongodb-database.ts'
import { openChaosProxy } from '../../support/network/tcp-proxy.ts'

const server = await engineUrl('mongodb')

const refusalOf = async (url: string): Promise<Error> => {
  const refused: unknown = await openMongoDocuments({ url, database: 'test' }).catch((error: unknown) => error)
  if (!(refused instanceof Error)) throw new Error('It opened')
  return refused
}

test.each([
  [
    'nobody answers',
    'mongodb://someone:wordsecret@127.0.0.1:1/',
    /^BACKSCROLL_MONGODB_URL: no MongoDB server answers at 127.0.0.1:1$/,
  ],
  ['the address is none', 'wordsecret', /^BACKSCROLL_MONGODB_URL is no address/],
  ['it cannot be decoded', 'mongodb://someone:wordsecret%zz@localhost/', /^BACKSCROLL_MONGODB_URL is no address/],
])('an operator is told in one line, without the password, that %s', async (_what, url, line) => {
  const refused = await refusalOf(url)
  expect(refused).toBeInstanceOf(OperatorError)
  expect(refused.message).toMatch(line)
  expect(refused.message).not.toMatch(/wordsecret|\n/)
})

const people: Collection = { name: 'people.v1.0', fields: { name: 'text', age: 'integer' }, indexes: [['name', 'age']] }

const write = (key: string, revision: number, name = `at ${revision}`) => ({
  ...{ collection: people.name, key, revision },
  document: { name, age: revision },
})

describe.skipIf(server === undefined)(server === undefined ? 'skipped: no MongoDB' : 'documents in MongoDB', () => {
  let database: Awaited<ReturnType<typeof newMongoDatabase>>
  let opened: MongoDocuments[]
  beforeEach(async () => {
    database = await newMongoDatabase(server ?? '')
    opened = []
  })
  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()))
    await database.remove()
  })

  const open = async (changes: Partial<MongoOptions> = {}) => {
    const store = await openMongoDocuments({ ...database.options, ...changes })
    opened.push(store)
    return store
  }
  const openWith = async (collection: Collection) => {
    const store = await open()
    await store.open(collection)
    return store
  }

  test('a wrong password is told to the operator, who is not shown it', async () => {
    const url = new URL(database.options.url)
    url.password = 'wordsecret'
    const { message } = await refusalOf(url.href)
    expect(message).toBe('BACKSCROLL_MONGODB_URL: the server refuses the user or the password')
  })

  test('many processes can open the same collections at once', async () => {
    const collections = [people, { ...people, name: 'people.v1.1' }, { ...people, name: 'people.v2.0' }]
    const stores = await Promise.all(Array.from({ length: 6 }, () => open()))
    await Promise.all(stores.flatMap((store) => collections.map((collection) => store.open(collection))))
    for (const { name } of collections) {
      const indexes = await database.db.collection(name).indexes()
      // FerretDB may make one twice; MongoDB never does.
      expect(new Set(indexes.map(({ name: of }) => of))).toEqual(new Set(['_id_', 'f_name_1_f_age_1']))
    }
  })

  test('the newer of two first writes stays, whichever comes first', async () => {
    const [one, other] = [await openWith(people), await openWith(people)]
    const keys = Array.from({ length: 60 }, (_, at) => `k${at}`)
    await Promise.all(
      keys.map((key, at) => Promise.all([one.write([write(key, at % 2)]), other.write([write(key, 1 - (at % 2))])])),
    )
    const found = await one.find(people.name, {})
    expect(found.map(({ revision }) => revision)).toEqual(keys.map(() => 1))
  })

  test('many documents that are there are written anew in one go', async () => {
    const store = await openWith(people)
    const keys = Array.from({ length: 250 }, (_, at) => `k${at}`)
    for (const revision of [1, 2]) await store.write(keys.map((key) => write(key, revision)))
    expect(await store.count(people.name, { where: { age: { eq: 2 } } }, 1_000)).toBe(250)
  })

  test('an index that is not as this version makes it stops the start', async () => {
    const store = await openWith(people)
    await database.db.collection(people.name).dropIndex('f_name_1_f_age_1')
    await database.db.collection(people.name).createIndex({ f_name: 1, f_age: 1 }, { unique: true })
    const refused = store.open(people)
    await expect(refused).rejects.toBeInstanceOf(OperatorError)
    await expect(refused).rejects.toThrow(/^BACKSCROLL_MONGODB_URL: index f_name_1_f_age_1 of collection people.v1.0/)
  })

  test('another index under the name of one that is needed stops the start', async () => {
    const store = await openWith({ ...people, indexes: [] })
    await database.db.collection(people.name).createIndex({ f_age: 1 }, { name: 'f_name_1_f_age_1' })
    await expect(store.open(people)).rejects.toBeInstanceOf(OperatorError)
  })

  test('a collection that was made without a field is not opened with it', async () => {
    const store = await openWith({ ...people, fields: { name: 'text' }, indexes: [] })
    await expect(store.open(people)).rejects.toThrow(/was made without field age: raise the view's version/)
    await store.drop(people.name)
    await store.open(people)
  })

  describe('meta values that change together', () => {
    const leave = (changes: Readonly<Record<string, string | null>>) =>
      database.db.collection('meta_batches').insertOne({
        _id: new ObjectId(),
        changes: Object.entries(changes).map(([key, value]) => ({ key, value })),
      })

    test('hold together once they are decided, though the process was killed before they were carried out', async () => {
      const store = await open()
      await store.write([], { 'a/live': '1', 'a/building': '2', 'b/live': '9' })
      await leave({ 'a/live': '2', 'a/building': null, 'a/parked': '3' })
      expect(await store.getMeta('a/building')).toBeUndefined()
      expect(await store.listMeta('a/')).toEqual([
        ['a/live', '2'],
        ['a/parked', '3'],
      ])
    })

    test('do not cover what is written later, by whom it may be', async () => {
      const store = await open()
      await leave({ 'a/live': '2', 'a/parked': '3' })
      await store.write([], { 'a/live': '4' })
      await store.write([], { 'b/live': '1' })
      expect(await store.listMeta('a/')).toEqual([
        ['a/live', '4'],
        ['a/parked', '3'],
      ])
      expect(await database.db.collection('meta_batches').countDocuments()).toBe(0)
    })
  })

  test('snapshots: the newest one saved is loaded, by any process', async () => {
    const [one, other] = [await open(), await open()]
    expect(await one.snapshots.load('s')).toBeUndefined()
    const snapshot = { stream: 's', revision: 7, version: 2, state: '{"a":1}' }
    await Promise.all([one.snapshots.save(snapshot), other.snapshots.save(snapshot)])
    expect(await other.snapshots.load('s')).toEqual(snapshot)
    await other.snapshots.save({ ...snapshot, revision: 8 })
    expect((await one.snapshots.load('s'))?.revision).toBe(8)
  })

  describe('behind a network that fails', () => {
    let proxy: Awaited<ReturnType<typeof openChaosProxy>>
    let store: MongoDocuments
    beforeEach(async () => {
      const url = new URL(database.options.url)
      proxy = await openChaosProxy(Number(url.port || 27017))
      url.host = new URL(proxy.url).host
      store = await open({ url: url.href, timeoutMs: 100 })
      await store.open(people)
    })
    afterEach(() => proxy.close())

    test('a server that falls silent is given up, and the next call finds it again', async () => {
      const goOn = proxy.stall(60_000)
      await expect(store.write([write('k', 1)], { checkpoint: '1' })).rejects.toBeInstanceOf(UnavailableError)
      goOn()
      await store.write([write('k', 1)], { checkpoint: '1' })
      expect(await store.getMeta('checkpoint')).toBe('1')
    })

    test('a server that is gone makes every call unavailable', async () => {
      await proxy.close()
      await expect(store.get(people.name, 'k')).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.write([write('k', 1)])).rejects.toBeInstanceOf(UnavailableError)
      await expect(store.snapshots.load('s')).rejects.toBeInstanceOf(UnavailableError)
    })
  })
})
