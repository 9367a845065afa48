import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { expect, it } from 'vitest'
import { createIndexedDbStore } from '../../../../packages/client/src/stores/indexeddb-store.ts'
import { describeStore } from './store.suite.ts'

describeStore('IndexedDB', async () => {
  const factory = new IDBFactory()
  return { open: () => createIndexedDbStore('device', factory, undefined, IDBKeyRange) }
})

it('An IndexedDB store whose database the browser has closed is opened again', async () => {
  const factory = new IDBFactory()
  const opened: IDBDatabase[] = []
  const open = factory.open.bind(factory)
  factory.open = (...given) => {
    const request = open(...given)
    request.addEventListener('success', () => opened.push(request.result))
    return request
  }
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
