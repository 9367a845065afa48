import { z } from 'zod'
import { cachedRecords } from '../stores/cached-records.ts'
import type { StoreChange } from '../stores/client-store.ts'

const request = z.object({
  userId: z.string(),
  /** Base64, as the device of the admin who told the request has verified it. */
  identityKey: z.string(),
  /** Milliseconds since the Unix epoch. */
  askedAt: z.int(),
  expiresAt: z.int(),
  /** The admin whose link the user followed. */
  through: z.string(),
})

export type JoinRequest = z.output<typeof request>

/** How many requests of one group may wait. */
const mostWaiting = 100

/** The people who wait for approval, by group. */
export interface JoinRequests {
  /** The requests that have not expired, the oldest first. */
  of(conversationId: string): readonly JoinRequest[]
  isFull(conversationId: string): boolean
  /** Returns false if the user waits already, or too many wait. */
  add(conversationId: string, added: JoinRequest): boolean
  /** Returns false if the user does not wait. */
  drop(conversationId: string, userId: string): boolean
}

export const loadJoinRequests = (
  stored: ReadonlyMap<string, unknown>,
  store: (changes: readonly StoreChange[]) => void,
  now: () => number,
): JoinRequests => {
  const all = new Map<string, readonly JoinRequest[]>(cachedRecords(stored, 'asked/', z.array(request)))
  const of = (id: string) => (all.get(id) ?? []).filter(({ expiresAt }) => expiresAt > now())
  const replace = (id: string, requests: readonly JoinRequest[]) => {
    if (requests.length === 0) all.delete(id)
    else all.set(id, requests)
    store([{ key: `asked/${id}`, value: all.get(id) }])
  }
  const isFull = (id: string) => of(id).length >= mostWaiting
  return {
    of,
    isFull,
    add: (id, added) => {
      if (isFull(id) || of(id).some(({ userId }) => userId === added.userId)) return false
      replace(id, [...of(id), added])
      return true
    },
    drop: (id, userId) => {
      const waits = of(id).some((one) => one.userId === userId)
      if (waits)
        replace(
          id,
          of(id).filter((one) => one.userId !== userId),
        )
      return waits
    },
  }
}
