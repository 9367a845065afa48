import { ProtocolError } from '@backscroll/protocol/errors'
import type { MediaSettings } from './media-settings.ts'

/** Counts the requests that upload or download files. Each one holds a connection and some MiB of memory. */
export interface Transfers {
  /**
   * Returns a function to call at the end of the request. Throws `too_many_in_flight` if the user has too many
   * requests open, and `overloaded` if all users together have.
   */
  enter(userId: string): () => void
  open(): number
}

const retryAfterMs = 2_000

export const createTransfers = (settings: Pick<MediaSettings, 'transfers' | 'transfersOfUser'>): Transfers => {
  const users = new Map<string, number>()
  let open = 0
  const count = (userId: string, change: number): void => {
    open += change
    const left = (users.get(userId) ?? 0) + change
    if (left > 0) users.set(userId, left)
    else users.delete(userId)
  }
  return {
    enter: (userId) => {
      if (open >= settings.transfers) throw new ProtocolError('overloaded', undefined, { retryAfterMs })
      if ((users.get(userId) ?? 0) >= settings.transfersOfUser)
        throw new ProtocolError('too_many_in_flight', 'You have too many uploads and downloads in progress', {
          retryAfterMs,
        })
      count(userId, 1)
      let isOver = false
      return () => {
        if (!isOver) count(userId, -1)
        isOver = true
      }
    },
    open: () => open,
  }
}
