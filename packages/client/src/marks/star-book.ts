import { z } from 'zod'
import type { ClientEvent } from '../events/client-events.ts'
import { cachedRecords } from '../stores/cached-records.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { OwnChanges } from './mark-sender.ts'

const record = z.object({
  isStarred: z.boolean(),
  /** The number of the message in its conversation. */
  seq: z.int(),
  /** Server time, or this device's estimate of it, of an own star that the server has not accepted yet. */
  at: z.int(),
  /** The revision in the user's own stream of the newest change. */
  revision: z.int(),
  /** What this device wants, and the server has not accepted yet. */
  wish: z.boolean().optional(),
})
type Stored = z.output<typeof record>

export interface StarredMessage {
  readonly conversationId: string
  readonly messageId: string
  readonly seq: number
  /** When it was starred, in milliseconds since the Unix epoch. */
  readonly at: number
}

export interface StarChange {
  readonly isStarred: boolean
  readonly seq: number
}

/** The starred messages, as far as this device knows, and the changes that still have to be sent. */
export interface StarBook extends OwnChanges<StarChange> {
  has(conversationId: string, messageId: string): boolean
  /** The last one first. */
  all(): readonly StarredMessage[]
  /** Takes an event of this user's own stream. */
  take(event: ClientEvent): readonly StoreChange[]
  /** Takes an item of the server's list, or what it lacks, unless a newer event has come. */
  adopt(id: string, star: Omit<Stored, 'wish'>): readonly StoreChange[]
  known(): ReadonlyMap<string, { readonly revision: number }>
  watch(listener: (conversationId: string) => void): () => void
}

const prefix = 'star/'

export const starId = (conversationId: string, messageId: string): string => `${conversationId}/${messageId}`

const place = (id: string) => {
  const [conversationId = '', messageId = ''] = id.split('/')
  return { conversationId, messageId }
}

export const loadStars = (stored: ReadonlyMap<string, unknown>, now: () => number): StarBook => {
  const all = new Map<string, Stored>(cachedRecords(stored, prefix, record))
  const listeners = new Set<(conversationId: string) => void>()
  const empty: Stored = { isStarred: false, seq: 0, at: 0, revision: -1 }

  const set = (id: string, { wish, ...rest }: Stored): readonly StoreChange[] => {
    const isEmpty = wish === undefined && !rest.isStarred
    const next = { ...rest, ...(wish !== undefined && { wish }) }
    if (isEmpty) all.delete(id)
    else all.set(id, next)
    for (const listener of listeners) listener(place(id).conversationId)
    return [{ key: `${prefix}${id}`, value: isEmpty ? undefined : next }]
  }
  const isStarred = ({ wish, isStarred: known }: Stored): boolean => wish ?? known

  return {
    has: (conversationId, messageId) => isStarred(all.get(starId(conversationId, messageId)) ?? empty),
    all: () =>
      [...all]
        .flatMap(([id, star]) => (isStarred(star) ? [{ ...place(id), seq: star.seq, at: star.at }] : []))
        .sort((one, other) => other.at - one.at),
    wish: (id, { isStarred: wish, seq }) => {
      const before = all.get(id) ?? { ...empty, at: now() }
      return set(id, { ...before, seq, wish })
    },
    next: () => {
      for (const [id, { wish, seq }] of all) if (wish !== undefined) return [id, { isStarred: wish, seq }]
      return undefined
    },
    isWaiting: (id) => all.get(id)?.wish !== undefined,
    settle: (id, sent, isAccepted) => {
      const { wish, ...before } = all.get(id) ?? empty
      const after = isAccepted ? { ...before, isStarred: sent.isStarred } : before
      return set(id, { ...after, wish: wish === sent.isStarred ? undefined : wish })
    },
    take: ({ type, ...event }) => {
      if (type !== 'account' || !('change' in event)) return []
      const { change, revision, at } = event
      if (change.type !== 'starred' && change.type !== 'unstarred') return []
      const id = starId(change.conversationId, change.messageId)
      const before = all.get(id) ?? empty
      if (change.type === 'unstarred') return set(id, { ...before, isStarred: false, revision })
      return set(id, { ...before, isStarred: true, seq: change.seq, at, revision })
    },
    adopt: (id, star) => {
      const before = all.get(id)
      if (before !== undefined && before.revision > star.revision) return []
      return set(id, { ...star, wish: before?.wish })
    },
    known: () => all,
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
