import { readFile } from 'node:fs/promises'
import { serialize } from 'node:v8'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { createFileStore } from '../../../packages/client/src/stores/file/file-store.ts'
import { createIndexedDbStore } from '../../../packages/client/src/stores/indexeddb-store.ts'

/** Stores by name, and all that is in one of them, as bytes. */
export interface SearchedStores {
  open(name: string): ClientStore
  content(name: string): Promise<string>
}

export const createFileStores = (pathOf: (name: string) => string): SearchedStores => ({
  open: (name) => createFileStore(pathOf(name)),
  /** With the log beside it. */
  content: async (name) => {
    const files = [pathOf(name), `${pathOf(name)}-wal`].map((path) => readFile(path, 'latin1').catch(() => ''))
    return (await Promise.all(files)).join('')
  },
})

const answer = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** Keys and values of every table of every database. */
const everythingIn = async (factory: IDBFactory): Promise<unknown[]> => {
  const all: unknown[] = []
  for (const { name = '' } of await factory.databases()) {
    const database = await answer(factory.open(name))
    for (const table of database.objectStoreNames) {
      const records = database.transaction(table).objectStore(table)
      all.push(...(await Promise.all([answer(records.getAllKeys()), answer(records.getAll())])))
    }
    database.close()
  }
  return all
}

let browsersMade = 0

/** Each in a browser of its own. What a browser's files hold beyond that is the browser's. */
export const createIndexedDbStores = (): SearchedStores => {
  const browsers = new Map<string, IDBFactory>()
  browsersMade += 1
  // Locks are the process's, whatever the browser.
  const database = `backscroll ${browsersMade}`
  const browserOf = (name: string): IDBFactory => {
    const browser = browsers.get(name) ?? new IDBFactory()
    browsers.set(name, browser)
    return browser
  }
  return {
    open: (name) => createIndexedDbStore(`${database} ${name}`, browserOf(name), undefined, IDBKeyRange),
    content: async (name) => serialize(await everythingIn(browserOf(name))).toString('latin1'),
  }
}
