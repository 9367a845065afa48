import { LRUCache } from 'lru-cache'
import type { Standing } from '../../../ports/identity/account-records.ts'
import type { AccountStore } from '../../../ports/identity/account-store.ts'

export interface Standings {
  /** For every request: from the cache. */
  of(userId: string): Promise<Standing>
  /** As the store has it now, whichever process changed it: for decisions and for what is told about it. */
  fresh(userId: string): Promise<Standing>
  /** Call after each change: later callers get the new standing. */
  forget(userId: string): void
  /** Changes may have been missed. */
  forgetAll(): void
}

/** How many users are cached, and for how long: a change by another process counts within this time. */
const kept = { max: 20_000, ttl: 5_000 }

/** Accounts and devices as every request needs them. */
export const createStandings = (store: Pick<AccountStore, 'standing'>): Standings => {
  const known = new LRUCache<string, Promise<Standing>>(kept)
  const load = (userId: string): Promise<Standing> => {
    const loading = store.standing(userId)
    known.set(userId, loading)
    // A read that failed, or that began before a change, must not stay.
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
