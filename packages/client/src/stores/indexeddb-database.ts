import { randomBytes } from '../encoding/bytes.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Clock } from '../time/clock.ts'

export const table = 'records'
/** Pieces of sealed files, by file and number. */
export const pieces = 'files'
/** Which openings of the database are over, so that whoever does not know it yet can write no more. */
export const fences = 'fences'
const version = 3
/** A deletion waits so long for tabs that have the database open. */
const patienceMs = 5_000

const blocked = () =>
  new BackscrollError('reload_needed', { message: 'A tab with an earlier version of this application is open' })

export const answer = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const makeTables = (database: IDBDatabase): void => {
  for (const name of [table, fences, pieces])
    if (!database.objectStoreNames.contains(name)) database.createObjectStore(name)
}

const newerVersion = (thrown: unknown): unknown =>
  thrown instanceof Error && thrown.name === 'VersionError'
    ? new BackscrollError('reload_needed', { cause: thrown })
    : thrown

const erased = () => new BackscrollError('store_in_use', { message: 'Another tab has erased the store' })

/**
 * Rejects with `reload_needed` while another version of the SDK has it open, or has made more of it. `again`: it was open
 * before, so it is there, or else rejects with `store_in_use`.
 */
export const openDatabase = async (factory: IDBFactory, name: string, again = false): Promise<IDBDatabase> => {
  const request = factory.open(name, version)
  request.onupgradeneeded = ({ oldVersion }) => {
    // Made anew it would not know who may not write.
    if (again && oldVersion === 0) request.transaction?.abort()
    else makeTables(request.result)
  }
  const opened = answer(request)
  const refused = new Promise<never>((_, reject) => {
    request.onblocked = () => {
      // It is let in later, when nobody waits for it any more.
      void opened.then((late) => late.close())
      reject(blocked())
    }
  })
  const database = await Promise.race([opened, refused]).catch((thrown) => {
    const isErased = again && thrown instanceof Error && thrown.name === 'AbortError'
    return Promise.reject(isErased ? erased() : newerVersion(thrown))
  })
  // A newer version waits for this.
  database.onversionchange = () => database.close()
  return database
}

/** One opening of the database, among all that there ever were. */
export type Generation = number

/** Any number: one that is made anew after a deletion has none of the former's. */
const firstGeneration = (): Generation => new DataView(randomBytes(4).buffer).getUint32(0)
const endOf = (generation: Generation) => `ended ${generation}`
/** How many former owners are remembered and kept out. The locks keep them out too. */
const remembered = 1_000

/** From now on nobody writes who has opened it before. */
export const claimGeneration = async (database: IDBDatabase): Promise<Generation> => {
  const kept = database.transaction(fences, 'readwrite', { durability: 'strict' }).objectStore(fences)
  const before = Number((await answer(kept.get('generation'))) ?? firstGeneration())
  kept.put(before + 1, 'generation')
  kept.put(1, endOf(before))
  await answer(kept.delete(endOf(before - remembered)))
  return before + 1
}

/** Rejects with `store_in_use` unless nobody has opened it since, or made it anew. */
export const checkGeneration = async (database: IDBDatabase, generation: Generation): Promise<void> => {
  const kept = database.transaction(fences, 'readonly').objectStore(fences)
  if ((await answer(kept.get('generation'))) !== generation) throw erased()
}

/**
 * Deletes it once every connection to it is closed. A tab that is frozen closes none, and the browser deletes it when that
 * goes on or is gone: nobody waits for it longer than `patienceMs`.
 */
export const deleteDatabase = (factory: IDBFactory, name: string, clock: Pick<Clock, 'after'>): Promise<void> => {
  const request = factory.deleteDatabase(name)
  return new Promise((resolve, reject) => {
    let cancel = () => {}
    request.onblocked = () => {
      cancel = clock.after(patienceMs, resolve)
    }
    answer(request)
      .finally(() => cancel())
      .then(() => resolve(), reject)
  })
}

/**
 * Makes the transaction fail by itself if this opening is over: adding what is there already aborts it. No script has to run in
 * between, so a page that is frozen in the middle keeps nobody waiting.
 */
export const failIfOver = (transaction: IDBTransaction, generation: Generation): void => {
  const kept = transaction.objectStore(fences)
  kept.add(1, endOf(generation))
  kept.delete(endOf(generation))
}

/** Resolves when it is durable. Rejects with `store_in_use` when this opening is over. */
export const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => {
      const { error } = transaction
      reject(error?.name === 'ConstraintError' ? new BackscrollError('store_in_use', { cause: error }) : failed(error))
    }
  })

const failed = (error: DOMException | null): Error => error ?? new Error('The write was aborted')
