import { BackscrollError } from '../errors/backscroll-error.ts'

export const table = 'records'
/** Which openings of the database are over, so that whoever does not know it yet can write no more. */
export const fences = 'fences'
const version = 2

const blocked = () =>
  new BackscrollError('reload_needed', { message: 'A tab with an earlier version of this application is open' })

export const answer = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const makeTables = (database: IDBDatabase): void => {
  for (const name of [table, fences]) if (!database.objectStoreNames.contains(name)) database.createObjectStore(name)
}

const newerVersion = (thrown: unknown): unknown =>
  thrown instanceof Error && thrown.name === 'VersionError'
    ? new BackscrollError('reload_needed', { cause: thrown })
    : thrown

/** Rejects with `reload_needed` while another version of the SDK has it open, or has made more of it. */
export const openDatabase = async (factory: IDBFactory, name: string): Promise<IDBDatabase> => {
  const request = factory.open(name, version)
  request.onupgradeneeded = () => makeTables(request.result)
  const opened = answer(request)
  const refused = new Promise<never>((_, reject) => {
    request.onblocked = () => {
      // It is let in later, when nobody waits for it any more.
      void opened.then((late) => late.close())
      reject(blocked())
    }
  })
  const database = await Promise.race([opened, refused]).catch((thrown) => Promise.reject(newerVersion(thrown)))
  // A newer version waits for this.
  database.onversionchange = () => database.close()
  return database
}

/** One opening of the database, among all that there ever were. */
export type Generation = number

const endOf = (generation: Generation) => `ended ${generation}`
/** So many former owners are kept out; the locks do it, too. */
const remembered = 1_000

/** From now on nobody writes who has opened it before. */
export const claimGeneration = async (database: IDBDatabase): Promise<Generation> => {
  const kept = database.transaction(fences, 'readwrite', { durability: 'strict' }).objectStore(fences)
  const before = Number((await answer(kept.get('generation'))) ?? 0)
  kept.put(before + 1, 'generation')
  kept.put(1, endOf(before))
  await answer(kept.delete(endOf(before - remembered)))
  return before + 1
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
