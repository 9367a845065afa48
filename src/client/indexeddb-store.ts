import { browserLocks, holdLock, type Locks } from './browser-lock.ts'
import type { ClientStore, StoreChange } from './store.ts'

const table = 'records'

const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('The write was aborted'))
  })

const answer = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const openDatabase = (factory: IDBFactory, name: string): Promise<IDBDatabase> => {
  const request = factory.open(name, 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore(table)
  }
  return answer(request)
}

const put = (records: IDBObjectStore, { key, value }: StoreChange): IDBRequest =>
  value === undefined ? records.delete(key) : records.put(value, key)

/** A store in the browser. `name`: of the database, one a user and device. Transactions of one database run in the order in which they were made. */
export const createIndexedDbStore = (
  name: string,
  factory: IDBFactory = indexedDB,
  locks: Locks | undefined = browserLocks(),
): ClientStore => {
  let unlock = () => {}
  let database: IDBDatabase | undefined
  let last: Promise<unknown> = Promise.resolve()
  const begin = (mode: IDBTransactionMode) => {
    if (database === undefined) throw new Error('The store is not open')
    return database.transaction(table, mode, { durability: 'strict' })
  }
  return {
    load: async () => {
      unlock = await holdLock(locks, `backscroll ${name}`)
      database = await openDatabase(factory, name)
      const records = begin('readonly').objectStore(table)
      const [keys, values] = await Promise.all([answer(records.getAllKeys()), answer(records.getAll())])
      return new Map(keys.map((key, index) => [String(key), values[index]]))
    },
    write: async (changes) => {
      const transaction = begin('readwrite')
      const finished = done(transaction)
      for (const change of changes) put(transaction.objectStore(table), change)
      last = Promise.allSettled([last, finished])
      await finished
    },
    close: async () => {
      await last
      database?.close()
      database = undefined
      unlock()
    },
  }
}
