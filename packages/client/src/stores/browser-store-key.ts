import { randomBytes } from '../encoding/bytes.ts'
import { checkPlatform } from '../platform/startup-checks.ts'
import { importStoreKey, type KeptKey, noteKept, type StoreKey } from './store-key.ts'

const answer = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const table = 'keys'

const openKeys = (factory: IDBFactory, name: string): Promise<IDBDatabase> => {
  const request = factory.open(name, 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore(table)
  }
  return answer(request)
}

const newKey = async (): Promise<StoreKey> => {
  const secret = randomBytes(32)
  const key = await importStoreKey(secret)
  secret.fill(0)
  return key
}

const isThereAlready = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'ConstraintError'

/** `add` fails when another tab was first: that tab's key counts then. */
const keep = async (database: IDBDatabase, key: StoreKey): Promise<void> => {
  const transaction = database.transaction(table, 'readwrite', { durability: 'strict' })
  const keys = transaction.objectStore(table)
  try {
    await answer(keys.add(key, 'store'))
    await answer(keys.put([], 'users'))
  } catch (thrown) {
    if (!isThereAlready(thrown)) throw thrown
  }
}

const stored = async (database: IDBDatabase): Promise<unknown> =>
  answer(database.transaction(table, 'readonly').objectStore(table).get('store'))

/** Devices whose stores are under the key; undefined for a key of an earlier version, which nobody counted. */
const usersOf = (found: unknown): readonly string[] | undefined =>
  Array.isArray(found) ? found.map(String) : undefined

const keeperOf = (factory: IDBFactory, name: string): KeptKey => {
  const change = async (to: (users: readonly string[]) => readonly string[]) => {
    const database = await openKeys(factory, name)
    try {
      const keys = database.transaction(table, 'readwrite', { durability: 'strict' }).objectStore(table)
      const known = usersOf(await answer(keys.get('users')))
      if (known === undefined) return
      const users = to(known)
      if (users.length > 0) await answer(keys.put(users, 'users'))
      else await answer(keys.clear())
    } finally {
      database.close()
    }
  }
  return {
    use: (device) => change((users) => [...new Set([...users, device])]),
    drop: (device) => change((users) => users.filter((one) => one !== device)),
  }
}

/**
 * In the browser: a key that scripts can use but not read, made at first use. `name`: of its own IndexedDB database.
 * Signing out deletes it, unless the store of another device is under it.
 */
export const openBrowserStoreKey = async (name: string, factory: IDBFactory = indexedDB): Promise<StoreKey> => {
  await checkPlatform()
  const database = await openKeys(factory, name)
  try {
    if (!((await stored(database)) instanceof CryptoKey)) await keep(database, await newKey())
    const key = await stored(database)
    if (!(key instanceof CryptoKey)) throw new Error('The key of the store cannot be read')
    noteKept(key, keeperOf(factory, name))
    return key
  } finally {
    database.close()
  }
}
