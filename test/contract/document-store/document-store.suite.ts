import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection, Document, DocumentStore, Query } from '../../../src/ports/document-store.ts'

export interface StoreUnderTest {
  readonly store: DocumentStore
  /** Closes the store and opens it again on the same data. */
  readonly reopen: () => Promise<DocumentStore>
  readonly remove: () => Promise<void>
}

const people: Collection = {
  name: 'people.v1.0',
  fields: { name: 'text', age: 'integer', city: 'text' },
  indexes: [['city', 'age'], ['name']],
}

const write = (key: string, revision: number, document: Document | null) => ({
  collection: people.name,
  key,
  revision,
  document,
})

const fiveMillion = 5_000_000_000_000

/** What every document store promises, whatever keeps the documents. */
export const documentStoreContract = (subject: string, start: () => Promise<StoreUnderTest>): void => {
  describe(`${subject} keeps the contract of document stores`, () => {
    let under: StoreUnderTest
    let store: DocumentStore
    beforeEach(async () => {
      under = await start()
      store = under.store
      await store.open(people)
    })
    afterEach(() => under.remove())

    const keys = async (query: Query) => (await store.find(people.name, query)).map(({ key }) => key)
    const fill = () =>
      store.write([
        write('a/1', 1, { name: 'Ann', age: 30, city: 'Bonn', tags: ['x'] }),
        write('a/2', 2, { name: 'Bob', age: 25, city: 'Bonn' }),
        write('a/3', 3, { name: 'Cleo', age: null, city: 'Cork' }),
        write('b/1', 4, { name: 'Dan', age: fiveMillion, city: null }),
      ])

    it('gives back a document with its key and revision', async () => {
      await fill()
      expect(await store.get(people.name, 'a/1')).toEqual({
        key: 'a/1',
        revision: 1,
        document: { name: 'Ann', age: 30, city: 'Bonn', tags: ['x'] },
      })
      expect(await store.get(people.name, 'a/9')).toBeUndefined()
    })

    it('ignores a write that is not above the stored revision', async () => {
      await store.write([write('k', 5, { name: 'new', age: 1 })])
      await store.write([write('k', 5, { name: 'again', age: 2 }), write('k', 4, { name: 'old', age: 3 })])
      expect((await store.get(people.name, 'k'))?.document.name).toBe('new')
      expect(await keys({ where: { age: { gt: 1 } } })).toEqual([])
    })

    it('guards what is written as new like everything else, whether it is new or not', async () => {
      const asNew = (key: string, revision: number, document: Document | null) => ({
        ...write(key, revision, document),
        isNew: true,
      })
      await store.write([asNew('k', 5, { name: 'first', age: 1 }), write('gone', 5, null)])
      await store.write([
        asNew('k', 4, { name: 'old', age: 2 }),
        asNew('gone', 4, { name: 'old', age: 2 }),
        asNew('fresh', 1, { name: 'fresh', age: 3 }),
        write('other', 1, { name: 'other', age: 4 }),
      ])
      expect((await store.get(people.name, 'k'))?.document.name).toBe('first')
      expect(await store.get(people.name, 'gone')).toBeUndefined()
      expect(await keys({ where: { age: { gte: 3 } }, orderBy: { field: 'age', direction: 'ascending' } })).toEqual([
        'fresh',
        'other',
      ])
      await store.write([asNew('k', 6, { name: 'newer', age: 1 }), asNew('gone', 6, { name: 'back', age: 1 })])
      expect((await store.get(people.name, 'k'))?.document.name).toBe('newer')
      expect((await store.get(people.name, 'gone'))?.document.name).toBe('back')
    })

    it('keeps a tombstone that guards: queries never see it, load does', async () => {
      await store.write([write('k', 1, { name: 'Ann' })])
      await store.write([write('k', 3, null)])
      await store.write([write('k', 2, { name: 'Ann, late' })])
      expect(await store.get(people.name, 'k')).toBeUndefined()
      expect(await store.find(people.name, {})).toEqual([])
      expect(await store.count(people.name, {}, 10)).toBe(0)
      expect(await store.load(people.name, ['k', 'none'])).toEqual(new Map([['k', { revision: 3, document: null }]]))
    })

    it('brings a deleted document back when a newer event does', async () => {
      await store.write([write('k', 1, null), write('k', 2, { name: 'back' })])
      expect((await store.get(people.name, 'k'))?.document).toEqual({ name: 'back' })
    })

    it('writes a batch and its meta values together, or neither', async () => {
      const bad = { ...write('k2', 1, {}), collection: 'never-opened' }
      await expect(store.write([write('k1', 1, { name: 'x' }), bad], { checkpoint: '7' })).rejects.toThrow()
      expect(await store.get(people.name, 'k1')).toBeUndefined()
      expect(await store.getMeta('checkpoint')).toBeUndefined()
      await store.write([write('k1', 1, { name: 'x' })], { checkpoint: '7' })
      expect(await store.getMeta('checkpoint')).toBe('7')
    })

    it('lists, replaces and removes meta values', async () => {
      await store.write([], { 'parked/b': '2', 'parked/a': '1', other: '3' })
      await store.write([], { 'parked/b': '4', other: null })
      await store.write([], { 'parked/\u{1F600}': '5', 'parked/\uFFFD': '6', parked0: '7' })
      expect(await store.listMeta('parked/')).toEqual([
        ['parked/a', '1'],
        ['parked/b', '4'],
        ['parked/\uFFFD', '6'],
        ['parked/\u{1F600}', '5'],
      ])
      expect(await store.getMeta('other')).toBeUndefined()
    })

    it.each(['ascending', 'descending'] as const)(
      'orders what is equal by key, the %s order of the field notwithstanding',
      async (direction) => {
        await fill()
        const orderBy = { field: 'city', direction, thenByKey: true } as const
        const where = { city: { eq: 'Bonn' } }
        expect(await keys({ where, orderBy })).toEqual(['a/1', 'a/2'])
        expect(await keys({ where, orderBy, limit: 1 })).toEqual(['a/1'])
      },
    )

    it.each<[string, Query, readonly string[]]>([
      ['eq', { where: { city: { eq: 'Bonn' } } }, ['a/1', 'a/2']],
      ['eq null', { where: { age: { eq: null } } }, ['a/3']],
      ['in', { where: { name: { in: ['Bob', 'Dan', 'Eve'] } } }, ['a/2', 'b/1']],
      ['in numbers', { where: { age: { in: [25, fiveMillion] } } }, ['a/2', 'b/1']],
      ['in numbers and null, which is in no list', { where: { age: { in: [25, null] } } }, ['a/2']],
      ['in nothing', { where: { name: { in: [] } } }, []],
      ['not', { where: { city: { not: 'Bonn' } } }, ['a/3', 'b/1']],
      ['not null', { where: { city: { not: null } } }, ['a/1', 'a/2', 'a/3']],
      ['gt', { where: { age: { gt: 25 } } }, ['a/1', 'b/1']],
      ['gte', { where: { age: { gte: 25 } } }, ['a/1', 'a/2', 'b/1']],
      ['lt', { where: { age: { lt: 30 } } }, ['a/2']],
      ['lte', { where: { age: { lte: 30 } } }, ['a/1', 'a/2']],
      ['a range', { where: { age: { gt: 25, lt: fiveMillion } } }, ['a/1']],
      ['a range to null, in which nothing lies', { where: { age: { lte: null } } }, []],
      ['two fields', { where: { city: { eq: 'Bonn' }, age: { lt: 30 } } }, ['a/2']],
      ['a key', { key: { eq: 'a/2' } }, ['a/2']],
      ['several keys', { key: { in: ['a/1', 'b/1', 'c/1'] } }, ['a/1', 'b/1']],
      ['a range of keys', { key: { gte: 'a/2', lt: 'b' } }, ['a/2', 'a/3']],
      ['keys and a field', { key: { gt: 'a/', lt: 'a0' }, where: { age: { not: null } } }, ['a/1', 'a/2']],
      ['nothing', {}, ['a/1', 'a/2', 'a/3', 'b/1']],
    ])('finds by %s', async (_name, query, expected) => {
      await fill()
      expect((await keys(query)).toSorted()).toEqual(expected)
      expect(await store.count(people.name, query, 100)).toBe(expected.length)
    })

    it('orders by a field or by key, both ways, nulls lowest, and stops at the limit', async () => {
      await fill()
      const by = (field: string, direction: 'ascending' | 'descending', limit?: number) =>
        keys({ orderBy: { field, direction }, ...(limit !== undefined && { limit }) })
      expect(await by('age', 'ascending')).toEqual(['a/3', 'a/2', 'a/1', 'b/1'])
      expect(await by('age', 'descending', 2)).toEqual(['b/1', 'a/1'])
      expect(await by('key', 'descending', 3)).toEqual(['b/1', 'a/3', 'a/2'])
      expect(
        await keys({
          key: { in: ['a/1', 'a/2', 'b/1'] },
          orderBy: { field: 'age', direction: 'descending' },
          limit: 2,
        }),
      ).toEqual(['b/1', 'a/1'])
    })

    it('orders keys by code point, above the basic plane too', async () => {
      await store.write(['\u{1F600}', '\uFFFD', 'z', 'Z'].map((key, at) => write(key, at, { name: key })))
      expect(await keys({ orderBy: { field: 'key', direction: 'ascending' } })).toEqual([
        'Z',
        'z',
        '\uFFFD',
        '\u{1F600}',
      ])
    })

    it('finds all of many, up to the last code point, and none at a limit of none', async () => {
      const all = Array.from({ length: 1_100 }, (_, at) => write(`m/${String(at).padStart(4, '0')}`, 1, { age: at }))
      await store.write([...all, write('m/\u{1F600}', 1, {}), write('n', 1, {})])
      const within = { key: { gte: 'm/', lt: 'm/\u{10FFFF}' } }
      const found = await keys({ ...within, orderBy: { field: 'key', direction: 'ascending' } })
      expect(found).toEqual([...all.map(({ key }) => key), 'm/\u{1F600}'])
      expect(await store.count(people.name, within, 10_000)).toBe(1_101)
      expect((await store.load(people.name, found)).size).toBe(1_101)
      expect(await keys({ limit: 0 })).toEqual([])
      expect(await store.count(people.name, {}, 0)).toBe(0)
    })

    it('gives back any JSON as it was', async () => {
      const text = '{"$set":{"a.b":[null,true,-0.5,1e+21],"":{}},"zero":{"revision":1},"_id":"x","9":"\\ud800\\u0000"}'
      await store.write([write('k', 1, JSON.parse(text))])
      const found = await store.get(people.name, 'k')
      expect(JSON.stringify(found?.document)).toBe(JSON.stringify(JSON.parse(text)))
    })

    it('writes the rest of a batch in which some are late', async () => {
      const all = Array.from({ length: 40 }, (_, at) => `k${at}`)
      const late = all.filter((_, at) => at % 3 === 1)
      await store.write(late.map((key) => write(key, 5, { name: 'newer' })))
      await store.write(all.map((key) => write(key, 4, { name: 'batch' })))
      expect((await keys({ where: { name: { eq: 'newer' } } })).toSorted()).toEqual(late.toSorted())
      expect(await store.count(people.name, { where: { name: { eq: 'batch' } } }, 100)).toBe(all.length - late.length)
    })

    it('counts no further than the cap', async () => {
      await fill()
      expect(await store.count(people.name, {}, 3)).toBe(3)
      expect(await store.count(people.name, { where: { city: { eq: 'Bonn' } } }, 3)).toBe(2)
    })

    it('follows the declared fields when a document changes', async () => {
      await fill()
      await store.write([write('a/1', 9, { name: 'Ann', age: 31, city: 'Cork' })])
      expect((await keys({ where: { city: { eq: 'Cork' } } })).toSorted()).toEqual(['a/1', 'a/3'])
    })

    it('answers alike before and after deferred indexes are made', async () => {
      const deferred = { ...people, name: 'people.v1.1' }
      await store.open(deferred, { deferIndexes: true })
      await store.write([{ ...write('k', 1, { name: 'Ann', age: 1, city: 'Bonn' }), collection: deferred.name }])
      const found = () => store.find(deferred.name, { where: { city: { eq: 'Bonn' }, age: { gte: 1 } } })
      const before = await found()
      await store.index(deferred.name)
      await store.index(deferred.name)
      expect(await found()).toEqual(before)
      expect(before).toHaveLength(1)
    })

    it('reads a collection that was dropped, or never was, as empty', async () => {
      await fill()
      await store.drop(people.name)
      for (const name of [people.name, 'never.v1.0']) {
        expect(await store.get(name, 'a/1')).toBeUndefined()
        expect(await store.find(name, {})).toEqual([])
        expect(await store.count(name, {}, 5)).toBe(0)
      }
      await store.open(people)
      expect(await store.find(people.name, {})).toEqual([])
    })

    it('does not share objects with its callers', async () => {
      const document = { name: 'Ann', tags: ['x'] }
      await store.write([write('k', 1, document)])
      document.tags.push('y')
      expect((await store.get(people.name, 'k'))?.document.tags).toEqual(['x'])
    })

    it('keeps everything when it is opened again', async () => {
      await fill()
      await store.write([write('a/2', 7, null)], { checkpoint: '42' })
      store = await under.reopen()
      await store.open(people)
      await store.write([write('a/2', 6, { name: 'late' })])
      expect((await keys({})).toSorted()).toEqual(['a/1', 'a/3', 'b/1'])
      expect(await store.getMeta('checkpoint')).toBe('42')
    })
  })
}
