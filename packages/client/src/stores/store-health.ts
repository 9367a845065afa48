import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Clock } from '../time/clock.ts'
import type { ClientStore } from './client-store.ts'
import type { LazyRecords } from './lazy-records.ts'

export interface StoreHealthDeps {
  readonly clock: Clock
  /** This client can no longer use the store. Called once. */
  readonly onBroken: (thrown: unknown) => void
}

export interface StoreHealth {
  store(store: ClientStore): ClientStore
  records(records: LazyRecords): LazyRecords
}

/** A full disk, or one that is away for a moment: everything is tried again. */
const patienceMs = 30_000

/**
 * A client that receives without being able to store would lose it all with the process, including used keys. So a
 * store that fails for long, or is damaged, ends the client.
 */
export const createStoreHealth = ({ clock, onBroken }: StoreHealthDeps): StoreHealth => {
  let failingSince: number | undefined
  let isBroken = false

  const note = (thrown: unknown) => {
    failingSince ??= clock.now()
    const isDamaged = toBackscrollError(thrown).code === 'corrupt_store'
    if (isBroken || (!isDamaged && clock.now() - failingSince < patienceMs)) return
    isBroken = true
    onBroken(thrown)
  }
  const watched = async <Value>(step: () => Promise<Value>): Promise<Value> => {
    try {
      const value = await step()
      failingSince = undefined
      return value
    } catch (thrown) {
      note(thrown)
      throw thrown
    }
  }
  return {
    store: (store) => ({
      load: () => store.load(),
      write: (changes) => watched(() => store.write(changes)),
      close: () => store.close(),
    }),
    records: (records) => ({
      get: (key) => watched(() => records.get(key)),
      range: (range) => watched(() => records.range(range)),
      note: (changes) => records.note(changes),
      unstored: (key) => records.unstored(key),
    }),
  }
}
