import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import type { Locks } from '../../../../packages/client/src/platform/browser-lock.ts'
import { createIndexedDbStore } from '../../../../packages/client/src/stores/indexeddb-store.ts'
import type { Clock } from '../../../../packages/client/src/time/clock.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { describeStore } from './store.suite.ts'

describeStore('IndexedDB', async () => {
  const factory = new IDBFactory()
  return { open: () => createIndexedDbStore('device', factory, undefined, IDBKeyRange) }
})

/** A browser, and the connections that were opened in it. */
const watched = () => {
  const factory = new IDBFactory()
  const opened: IDBDatabase[] = []
  const open = factory.open.bind(factory)
  factory.open = (...given) => {
    const request = open(...given)
    request.addEventListener('success', () => opened.push(request.result))
    return request
  }
  return { factory, opened }
}

/** As of whoever leads the tabs, which took the lock from one that hangs. */
const stolen: Locks = { request: async (_name, _options, held) => held({}) }
const storeOf = (factory: IDBFactory, clock?: Clock) =>
  createIndexedDbStore('device', factory, stolen, IDBKeyRange, clock)

it('An IndexedDB store whose database the browser has closed is opened again', async () => {
  const { factory, opened } = watched()
  const store = createIndexedDbStore('device', factory, undefined, IDBKeyRange)
  await store.load()
  await store.write([{ key: 'a', value: 1 }])
  opened[0]?.close()
  await store.write([{ key: 'b', value: 2 }])
  expect(opened).toHaveLength(2)
  await store.close()
  const again = createIndexedDbStore('device', factory, undefined, IDBKeyRange)
  expect(Object.fromEntries(await again.load())).toEqual({ a: 1, b: 2 })
  await again.close()
})

it('Writes that wait for an IndexedDB database to be opened again keep their order, over one connection', async () => {
  const { factory, opened } = watched()
  const store = storeOf(factory)
  await store.load()
  opened[0]?.close()
  await Promise.all([1, 2, 3].map((value) => store.write([{ key: 'a', value }])))
  expect(opened).toHaveLength(2)
  await store.close()
  expect(Object.fromEntries(await storeOf(factory).load())).toEqual({ a: 3 })
})

it('An IndexedDB store that is closed while it is opened again stays closed', async () => {
  const { factory, opened } = watched()
  const store = storeOf(factory)
  await store.load()
  opened[0]?.close()
  const written = store.write([{ key: 'a', value: 1 }])
  store.abandon()
  await expect(written).rejects.toMatchObject({ code: 'stopped' })
  // A connection that was left open would keep it waiting.
  await storeOf(factory).erase?.()
  expect(await factory.databases()).toEqual([])
})

describe('A tab that was passed by, and goes on after another has erased its IndexedDB store', () => {
  /** Another tab has led since, and has signed out. */
  const passedBy = async () => {
    const factory = new IDBFactory()
    const before = storeOf(factory)
    const { reads } = await openPartly(before)
    await before.write([{ key: 'secret', value: 1 }])
    const leader = storeOf(factory)
    await leader.load()
    await leader.close()
    await leader.erase?.()
    return { factory, before, reads }
  }
  const openPartly = (store: ReturnType<typeof storeOf>) => {
    if (store.open === undefined) throw new Error('It cannot leave anything out')
    return store.open(['kept/'])
  }

  it('writes and reads nothing, and makes no database', async () => {
    const { factory, before, reads } = await passedBy()
    for (let n = 0; n < 2; n += 1) {
      await expect(before.write([{ key: 'late', value: 2 }])).rejects.toMatchObject({ code: 'store_in_use' })
      await expect(reads.get('secret')).rejects.toMatchObject({ code: 'store_in_use' })
    }
    expect(await factory.databases()).toEqual([])
    expect((await storeOf(factory).load()).size).toBe(0)
  })

  it('writes and reads nothing in the database that was made anew, however often that was opened', async () => {
    const { factory, before, reads } = await passedBy()
    for (let n = 0; n < 3; n += 1) {
      const next = storeOf(factory)
      await next.load()
      await next.write([{ key: 'own', value: n }])
      await expect(before.write([{ key: 'late', value: 2 }])).rejects.toMatchObject({ code: 'store_in_use' })
      await expect(reads.get('own')).rejects.toMatchObject({ code: 'store_in_use' })
      await next.close()
    }
    expect(Object.fromEntries(await storeOf(factory).load())).toEqual({ own: 2 })
  })
})

it('Erasing an IndexedDB store waits five seconds for a tab that hangs, and the browser erases it when that is gone', async () => {
  const { factory, opened } = watched()
  const clock = createVirtualClock()
  const store = storeOf(factory, clock)
  await store.load()
  const [hung] = opened
  if (hung === undefined) throw new Error('nothing was opened')
  // It hears of nothing.
  hung.onversionchange = null
  const told: string[] = []
  const erased = storeOf(factory, clock)
    .erase?.()
    .then(() => told.push('erased'))
  await clock.advance(4_900)
  expect(told).toEqual([])
  await clock.advance(200)
  await erased
  expect((await factory.databases()).length).toBe(1)
  hung.close()
  await expect.poll(() => factory.databases()).toEqual([])
})
