import { describe, expect, it } from 'vitest'
import { loadRecords } from '../../../../packages/client/src/records/client-records.ts'
import { loadPlaintexts, type Plaintext } from '../../../../packages/client/src/records/plaintexts.ts'
import type { ClientStore, StoreChange } from '../../../../packages/client/src/stores/client-store.ts'
import { openRecords } from '../../../../packages/client/src/stores/lazy-records.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'

const me = { userId: 'ann', deviceId: 'phone' }
const base64 = (words: string): string => Buffer.from(words).toString('base64')
const text = (n: number, more: { readonly at?: number; readonly target?: number } = {}): Plaintext => ({
  plaintext: base64(`text ${n}`),
  ...more,
})

const open = async (store: ClientStore = createMemoryStore()) => {
  const records = await loadRecords(store, me)
  const plaintexts = loadPlaintexts(records.stored, records.lazy)
  const save = (changes: readonly StoreChange[]) => records.store.write(changes)
  const revisions = async (id: string) => {
    const found: number[] = []
    for await (const [conversation, revision, value] of plaintexts.all())
      if (conversation === id && !('deleted' in value)) found.push(revision)
    return found
  }
  return { store, plaintexts, save, revisions }
}

const upTo = (last: number) => Array.from({ length: last + 1 }, (_, n) => n)

describe('What was read', () => {
  it('counts from the call on, before it is stored, and after a restart', async () => {
    const { store, plaintexts, save, revisions } = await open()
    const changes = plaintexts.put('c', 3, text(3))
    expect(await plaintexts.get('c', 3)).toEqual(text(3))
    await save(changes)
    const gone = await plaintexts.erase('c', 3)
    expect(await plaintexts.get('c', 3)).toEqual({ deleted: true })
    await save(gone)
    expect(await revisions('c')).toEqual([])
    const again = await open(store)
    expect(await again.plaintexts.get('c', 3)).toEqual({ deleted: true })
    expect([...again.plaintexts.conversations()]).toEqual(['c'])
  })

  it('goes with the message that it refers to, whether that is stored yet or not', async () => {
    const { store, plaintexts, save, revisions } = await open()
    await save([1, 2, 3].flatMap((n) => plaintexts.put('c', n, text(n))))
    await save(plaintexts.put('c', 4, text(4, { target: 2 })))
    const edit = plaintexts.put('c', 5, text(5, { target: 2 }))
    await save([...edit, ...(await plaintexts.erase('c', 2))])
    expect(await revisions('c')).toEqual([1, 3])
    const left = JSON.stringify([...(await store.load())])
    expect([1, 2, 3, 4, 5].filter((n) => left.includes(base64(`text ${n}`)))).toEqual([1, 3])
  })

  it('is dropped by its time, some at a time, with what has no time among it and what refers to it', async () => {
    const { plaintexts, save, revisions } = await open()
    const all = upTo(2_999).map((n) => (n % 10 === 7 ? text(n) : text(n, { at: n })))
    await save(all.flatMap((value, n) => plaintexts.put('c', n, value)))
    await save(plaintexts.put('c', 3_000, text(3_000, { at: 3_000, target: 1_999 })))
    let rounds = 0
    const expire = async (before: number, last: number) => {
      for (let gone = await plaintexts.expire('c', before, last); gone.length > 0; rounds += 1)
        gone = await save(gone).then(() => plaintexts.expire('c', before, last))
    }
    await expire(2_500, Number.POSITIVE_INFINITY)
    expect(rounds).toBe(3)
    expect(await revisions('c')).toEqual(upTo(2_999).slice(2_500))
    await expire(2_950, 2_900)
    await save(await plaintexts.dropAfter('c', 2_990))
    expect(await revisions('c')).toEqual(upTo(2_990).slice(2_901))
  })

  it('of a store of an earlier version is found as well', async () => {
    const store = createMemoryStore()
    await store.load()
    const records = upTo(1_500).map((n) => ({
      key: `plain/c/${String(n).padStart(12, '0')}`,
      value: text(n, { at: n, ...(n === 1_400 && { target: 5 }) }),
    }))
    await store.write(records)
    const { plaintexts, save, revisions } = await open(store)
    await save(await plaintexts.erase('c', 5))
    expect([...plaintexts.conversations()]).toEqual(['c'])
    expect((await revisions('c')).length).toBe(1_499)
    const again = await openRecords(store)
    expect([...again.stored.keys()].filter((key) => key.startsWith('plain'))).toEqual([])
  })
})
