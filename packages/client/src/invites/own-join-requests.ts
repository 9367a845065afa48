import { z } from 'zod'
import { cachedRecords } from '../stores/cached-records.ts'
import type { StoreChange } from '../stores/client-store.ts'

const request = z.object({
  conversationId: z.string(),
  /** The creator of the link. */
  to: z.string(),
  /** Milliseconds since the Unix epoch. */
  askedAt: z.int(),
  state: z.enum(['waiting', 'declined']),
})

/** A group that this user has asked to join by a link. */
export type OwnJoinRequest = z.output<typeof request>

/** A request is forgotten after 30 days. */
export const requestLastsMs = 30 * 86_400_000

export interface OwnJoinRequests {
  /** Those of the last 30 days. */
  all(): readonly OwnJoinRequest[]
  of(conversationId: string): OwnJoinRequest | undefined
  put(request: OwnJoinRequest): void
  forget(conversationId: string): void
}

export const loadOwnJoinRequests = (
  stored: ReadonlyMap<string, unknown>,
  store: (changes: readonly StoreChange[]) => void,
  now: () => number,
): OwnJoinRequests => {
  const known = new Map<string, OwnJoinRequest>(cachedRecords(stored, 'asking/', request))
  const all = () => [...known.values()].filter(({ askedAt }) => askedAt + requestLastsMs > now())
  return {
    all,
    of: (id) => all().find(({ conversationId }) => conversationId === id),
    put: (one) => {
      known.set(one.conversationId, one)
      store([{ key: `asking/${one.conversationId}`, value: one }])
    },
    forget: (id) => {
      if (known.delete(id)) store([{ key: `asking/${id}`, value: undefined }])
    },
  }
}
