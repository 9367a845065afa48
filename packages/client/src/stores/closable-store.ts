import { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientStore } from './client-store.ts'

/**
 * A store of one client: after `close`, writes reject with `stopped`. What the client still does must not change
 * what the next client has loaded by then, nor continue as if the next client knew of it.
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
