import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { ClientStore } from '../stores/client-store.ts'

/** A store that can be given up at once: nothing is written any more, and what is under way finishes by itself. */
export interface LeaderStore extends ClientStore {
  abandon(): void
}

/** `onOver`: another tab has taken the store over. */
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
