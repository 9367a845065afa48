import { ProtocolError } from '@backscroll/protocol/errors'
import type { MediaSettings } from './media-settings.ts'

/** Requests that bring or fetch files: each has a connection and some MiB of this process. */
export interface Transfers {
  /** Answers what to call at its end. Throws `too_many_in_flight`, and `overloaded` when all users together have too many. */
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
        throw new ProtocolError('too_many_in_flight', 'Too many files are moved at once', { retryAfterMs })
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
