import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { ClientStore } from '../stores/client-store.ts'

/** A store that can be abandoned: no new write starts, and the current one is left to finish. */
export interface LeaderStore extends ClientStore {
  abandon(): void
}

/**
 * `onOver`: another tab has taken over the store. A write that is refused because this tab erases the store does not
 * report it, or the tab would stop leading before it has answered the tab that signs out.
 */
export const watchStore = (store: LeaderStore, onOver: () => void): ClientStore => {
  const { erase } = store
  let isErasing = false
  return {
    ...store,
    write: async (changes) => {
      try {
        await store.write(changes)
      } catch (thrown) {
        if (!isErasing && toBackscrollError(thrown).code === 'store_in_use') onOver()
        throw thrown
      }
    },
    ...(erase && {
      erase: () => {
        isErasing = true
        return erase()
      },
    }),
  }
}
