import { describe, expect, it } from 'vitest'
import type { ClientStore } from '../../../src/client/store.ts'

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

    it('takes an empty write', async () => {
      const under = await create()
      const store = under.open()
      await store.load()
      await store.write([])
      expect(await reopened(under, store)).toEqual({})
    })
  })
}
