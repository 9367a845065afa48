import { LRUCache } from 'lru-cache'
import type { Standing } from '../../../ports/identity/account-records.ts'
import type { AccountStore } from '../../../ports/identity/account-store.ts'

export interface Standings {
  /** For what every request asks: as remembered. */
  of(userId: string): Promise<Standing>
  /** As the store has it now, whichever process changed it: for everything that is judged by it or told of it. */
  fresh(userId: string): Promise<Standing>
  /** Call after each change: whoever asks from now on gets the new standing. */
  forget(userId: string): void
  /** Changes may have been missed. */
  forgetAll(): void
}

/** Users remembered, and for how long: a change that another process made counts within this time. */
const kept = { max: 20_000, ttl: 5_000 }

/** Accounts and devices as every request needs them. */
export const createStandings = (store: Pick<AccountStore, 'standing'>): Standings => {
  const known = new LRUCache<string, Promise<Standing>>(kept)
  const load = (userId: string): Promise<Standing> => {
    const loading = store.standing(userId)
    known.set(userId, loading)
    // One that failed, or that was read before a change, must not stay.
    loading.catch(() => {
      if (known.peek(userId) === loading) known.delete(userId)
    })
    return loading
  }
  return {
    of: (userId) => known.get(userId) ?? load(userId),
    fresh: load,
    forget: (userId) => void known.delete(userId),
    forgetAll: () => known.clear(),
  }
}
