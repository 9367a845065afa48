import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Clock } from '../time/clock.ts'
import type { ClientStore } from './client-store.ts'
import type { LazyRecords } from './lazy-records.ts'

export interface StoreHealthDeps {
  readonly clock: Clock
  /** The store is of no more use to this client. Called once. */
  readonly onBroken: (thrown: unknown) => void
}

export interface StoreHealth {
  store(store: ClientStore): ClientStore
  records(records: LazyRecords): LazyRecords
}

/** A full disk, or one that is away for a moment: everything is tried again. */
const patienceMs = 30_000

/**
 * What a client takes in without being able to keep it would be lost with the process, keys that are used up included.
 * So a store that fails for long, or is damaged, is the end of the client.
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
    }),
  }
}
