import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { ClientStore } from '../stores/client-store.ts'

/** A store that can be abandoned: no new write starts, and the current one is left to finish. */
export interface LeaderStore extends ClientStore {
  abandon(): void
}

/** `onOver`: another tab has taken over the store. */
export const watchStore = (store: LeaderStore, onOver: () => void): ClientStore => ({
  ...store,
  write: async (changes) => {
    try {
      await store.write(changes)
    } catch (thrown) {
      if (toBackscrollError(thrown).code === 'store_in_use') onOver()
      throw thrown
    }
  },
})
