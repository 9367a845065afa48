import { BackscrollError } from '../errors/backscroll-error.ts'
import { browserLocks, holdLock, type Locks } from '../platform/browser-lock.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import { type ClientStore, endOfPrefix, type StoreChange, type StoredRecord } from './client-store.ts'
import {
  answer,
  checkGeneration,
  claimGeneration,
  deleteDatabase,
  done,
  failIfOver,
  fences,
  type Generation,
  openDatabase,
  pieces,
  table,
} from './indexeddb-database.ts'
import { createIndexedDbShelf, type WithPieces } from './indexeddb-shelf.ts'

const put = (records: IDBObjectStore, { key, value }: StoreChange): IDBRequest =>
  value === undefined ? records.delete(key) : records.put(value, key)

const read = async (records: IDBObjectStore, range?: IDBKeyRange, limit?: number): Promise<readonly StoredRecord[]> => {
  const [keys, values] = await Promise.all([
    answer(records.getAllKeys(range, limit)),
    answer(records.getAll(range, limit)),
  ])
  return keys.map((key, index) => [String(key), values[index]])
}

export interface IndexedDbStore extends ClientStore {
  /** Nothing is written any more, and nothing waits: what is under way finishes by itself. */
  abandon(): void
}

/**
 * A store in the browser. `name`: of the database, one for each user and device. Transactions of one database run
 * in the order in which they were made. If the browser closes the database meanwhile, it is opened again.
 */
export const createIndexedDbStore = (
  name: string,
  factory: IDBFactory = indexedDB,
  locks: Locks | undefined = browserLocks(),
  ranges: typeof IDBKeyRange | undefined = globalThis.IDBKeyRange,
  clock: Pick<Clock, 'after'> = systemClock,
): IndexedDbStore => {
  let unlock = () => {}
  let database: IDBDatabase | undefined
  let reconnecting: Promise<IDBDatabase> | undefined
  let isOpen = false
  let generation: Generation = 0
  let last: Promise<unknown> = Promise.resolve()

  const kept = (opened: IDBDatabase): IDBDatabase => {
    opened.onclose = () => {
      database = undefined
    }
    database = opened
    return opened
  }
  const stopped = () => new BackscrollError('stopped', { message: 'The store is not open' })
  /** The browser has closed it, or somebody has deleted it, and maybe made another. */
  const reconnect = async (): Promise<IDBDatabase> => {
    const opened = await openDatabase(factory, name, true)
    try {
      await checkGeneration(opened, generation)
      if (!isOpen) throw stopped()
      return kept(opened)
    } catch (thrown) {
      opened.close()
      throw thrown
    }
  }
  /** One for all who wait, who go on in the order in which they came. */
  const reconnected = (): Promise<IDBDatabase> => {
    if (reconnecting !== undefined) return reconnecting
    const over = () => {
      reconnecting = undefined
    }
    reconnecting = reconnect()
    reconnecting.then(over, over)
    return reconnecting
  }
  /** Nothing may be awaited before this: transactions run in the order in which they are made. */
  const inTransaction = async <Value>(
    tables: readonly string[],
    mode: IDBTransactionMode,
    work: (transaction: IDBTransaction) => Promise<Value>,
  ): Promise<Value> => {
    const begin = (opened: IDBDatabase) => opened.transaction(tables, mode, { durability: 'strict' })
    if (!isOpen) throw stopped()
    if (database === undefined) return work(begin(await reconnected()))
    try {
      return work(begin(database))
    } catch (thrown) {
      if (!(thrown instanceof Error) || thrown.name !== 'InvalidStateError') throw thrown
      return work(begin(await reconnected()))
    }
  }
  const withPieces: WithPieces = (mode, step) =>
    inTransaction([pieces], mode, (transaction) => step(transaction, transaction.objectStore(pieces)))
  const reading = <Value>(work: (records: IDBObjectStore) => Promise<Value>): Promise<Value> =>
    inTransaction([table], 'readonly', (transaction) => {
      const found = work(transaction.objectStore(table))
      // Or else a page that is frozen meanwhile would keep it open, and writers out.
      transaction.commit()
      return found
    })
  const release = () => {
    isOpen = false
    database?.close()
    database = undefined
    unlock()
  }
  const openLocked = async () => {
    unlock = await holdLock(locks, `backscroll ${name}`)
    try {
      generation = await claimGeneration(kept(await openDatabase(factory, name)))
      isOpen = true
    } catch (thrown) {
      release()
      throw thrown
    }
  }

  /** The ranges between the kinds that are left out. */
  const without = (keys: typeof IDBKeyRange, leftOut: readonly string[]): readonly IDBKeyRange[] => {
    const sorted = leftOut.toSorted()
    const starts = ['', ...sorted.map(endOfPrefix)]
    return starts.map((from, index) => {
      const to = sorted[index]
      return to === undefined ? keys.lowerBound(from) : keys.bound(from, to, false, true)
    })
  }

  const openPartly = (keys: typeof IDBKeyRange): Required<Pick<ClientStore, 'open'>> => ({
    open: async (leftOut) => {
      await openLocked()
      const found = await reading((records) => Promise.all(without(keys, leftOut).map((range) => read(records, range))))
      return {
        records: new Map(found.flat()),
        reads: {
          get: (key) => reading((records) => answer(records.get(key))),
          range: ({ prefix, after = prefix, limit }) =>
            reading((records) => read(records, keys.bound(after, endOfPrefix(prefix), true, true), limit)),
        },
      }
    },
  })

  return {
    load: async () => {
      await openLocked()
      return new Map(await reading((records) => read(records)))
    },
    ...(ranges && openPartly(ranges)),
    files: createIndexedDbShelf(withPieces),
    write: (changes) => {
      const finished = inTransaction([table, fences], 'readwrite', (transaction) => {
        const whole = done(transaction)
        failIfOver(transaction, generation)
        for (const change of changes) put(transaction.objectStore(table), change)
        transaction.commit()
        return whole
      })
      last = Promise.allSettled([last, finished])
      return finished
    },
    abandon: release,
    erase: () => deleteDatabase(factory, name, clock),
    close: async () => {
      await last
      release()
    },
  }
}
