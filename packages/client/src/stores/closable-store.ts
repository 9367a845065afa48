import { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientStore } from './client-store.ts'

/**
 * A store of one client: from its `close` on, writes reject with `stopped`. What the client still has under way must
 * not change what the next client has loaded by then, nor go on as if the next one knew of it.
 */
export const untilClosed = (store: ClientStore): ClientStore => {
  let closed = false
  return {
    load: () => store.load(),
    write: async (changes) => {
      if (closed) throw new BackscrollError('stopped')
      await store.write(changes)
    },
    close: () => {
      closed = true
      return store.close()
    },
  }
}
