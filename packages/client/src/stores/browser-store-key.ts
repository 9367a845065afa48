import { randomBytes } from '../encoding/bytes.ts'
import { checkPlatform } from '../platform/startup-checks.ts'
import { importStoreKey, type StoreKey } from './store-key.ts'

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
  await answer(transaction.objectStore(table).add(key, 'store')).catch((thrown) => {
    if (!isThereAlready(thrown)) throw thrown
  })
}

const stored = async (database: IDBDatabase): Promise<unknown> =>
  answer(database.transaction(table, 'readonly').objectStore(table).get('store'))

/**
 * In the browser: a key that scripts can use but not read, made at first use. `name`: of its own IndexedDB database.
 */
export const openBrowserStoreKey = async (name: string, factory: IDBFactory = indexedDB): Promise<StoreKey> => {
  await checkPlatform()
  const database = await openKeys(factory, name)
  try {
    if (!((await stored(database)) instanceof CryptoKey)) await keep(database, await newKey())
    const key = await stored(database)
    if (!(key instanceof CryptoKey)) throw new Error('The key of the store cannot be read')
    return key
  } finally {
    database.close()
  }
}
