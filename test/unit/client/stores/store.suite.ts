import { describe, expect, it } from 'vitest'
import type { ClientStore } from '../../../../packages/client/src/stores/client-store.ts'

export interface StoreUnderTest {
  /** Opens the same store again, as after a restart. */
  open(): ClientStore
}

/** What every client store has to do. */
export const describeStore = (name: string, create: () => Promise<StoreUnderTest>): void => {
  describe(`The ${name} store`, () => {
    const reopened = async ({ open }: StoreUnderTest, before: ClientStore) => {
      await before.close()
      const store = open()
      const records = await store.load()
      await store.close()
      return Object.fromEntries([...records].sort(([a], [b]) => (a < b ? -1 : 1)))
    }

    it('is empty at first', async () => {
      const under = await create()
      const store = under.open()
      expect(await store.load()).toEqual(new Map())
      await store.close()
    })

    it('keeps what was written over a restart, the newest value of each key', async () => {
      const under = await create()
      const store = under.open()
      await store.load()
      const entry = { conversationId: 'c', text: 'a "quoted"\nline\u2028é', list: [1, null, true] }
      await store.write([
        { key: 'checkpoint', value: 'one' },
        { key: 'entry/c/1', value: entry },
        { key: 'gone', value: 1 },
      ])
      await store.write([
        { key: 'checkpoint', value: 'two' },
        { key: 'gone', value: undefined },
      ])
      expect(await reopened(under, store)).toEqual({ checkpoint: 'two', 'entry/c/1': entry })
    })

    it('applies writes in the order of the calls, also when nobody waits for them', async () => {
      const under = await create()
      const store = under.open()
      await store.load()
      const writes = Array.from({ length: 50 }, (_, n) => [
        { key: 'last', value: n },
        { key: `n/${n}`, value: n },
        { key: `n/${n - 1}`, value: undefined },
      ])
      await Promise.all(writes.map((changes) => store.write(changes)))
      expect(await reopened(under, store)).toEqual({ last: 49, 'n/49': 49 })
    })

    it('does not follow later changes to a value that it was given', async () => {
      const under = await create()
      const store = under.open()
      await store.load()
      const value = { n: 1 }
      const written = store.write([{ key: 'a', value }])
      value.n = 2
      await written
      expect(await reopened(under, store)).toEqual({ a: { n: 1 } })
    })

    it('opens without what is left out, where it can, and reads that when it is asked for: newest values, in order, by pages', async () => {
      const under = await create()
      const before = under.open()
      if (before.open === undefined) return
      await before.load()
      const digits = (n: number) => String(n).padStart(3, '0')
      const numbers = Array.from({ length: 25 }, (_, n) => n)
      await before.write([
        { key: 'a', value: 1 },
        { key: 'plain0', value: 'beside' },
        { key: 'z', value: 2 },
        ...numbers.map((n) => ({ key: `plain/c/${digits(n)}`, value: n })),
        { key: 'plain/d/000', value: 'other' },
        { key: 'refers/c/001/002', value: true },
        { key: 'refers/c/0010/003', value: true },
      ])
      await before.close()

      const store = under.open()
      const opened = await store.open?.(['plain/', 'refers/'])
      if (opened === undefined) throw new Error('It cannot')
      const { records, reads } = opened
      expect(Object.fromEntries(records)).toEqual({ a: 1, plain0: 'beside', z: 2 })
      await store.write([
        { key: 'plain/c/003', value: 'new' },
        { key: 'plain/c/004', value: undefined },
      ])
      expect([await reads.get('plain/c/003'), await reads.get('plain/c/004')]).toEqual(['new', undefined])
      const first = await reads.range({ prefix: 'plain/c/', limit: 10 })
      expect(first.map(([, value]) => value)).toEqual([0, 1, 2, 'new', 5, 6, 7, 8, 9, 10])
      const next = await reads.range({ prefix: 'plain/c/', after: first.at(-1)?.[0], limit: 100 })
      expect(next.map(([key]) => key)).toEqual(numbers.slice(11).map((n) => `plain/c/${digits(n)}`))
      expect(await reads.range({ prefix: 'refers/c/001/', limit: 9 })).toEqual([['refers/c/001/002', true]])
      expect((await reads.range({ prefix: 'plain/', limit: 100 })).length).toBe(25)
      await store.close()
      const again = under.open()
      expect((await again.load()).size).toBe(30)
      await again.close()
    })

    it('takes an empty write', async () => {
      const under = await create()
      const store = under.open()
      await store.load()
      await store.write([])
      expect(await reopened(under, store)).toEqual({})
    })
  })
}
