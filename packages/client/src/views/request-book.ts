import type { ConversationRequest } from '@backscroll/protocol/rest/consent'
import { z } from 'zod'
import type { ClientEvent } from '../events/client-events.ts'
import { cachedRecords } from '../stores/cached-records.ts'
import type { StoreChange } from '../stores/client-store.ts'

const request = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  from: z.string(),
  at: z.int(),
})

/** The conversations that wait for this user's answer, as far as this device knows. */
export interface RequestBook {
  /** Oldest first. The list is the same object as long as nothing changes. */
  all(): readonly ConversationRequest[]
  take(event: ClientEvent): readonly StoreChange[]
  /** Replaces the list with the server's. */
  replace(requests: readonly ConversationRequest[]): readonly StoreChange[]
  watch(listener: () => void): () => void
}

const prefix = 'request/'

export const loadRequests = (stored: ReadonlyMap<string, unknown>): RequestBook => {
  const waiting = new Map<string, ConversationRequest>()
  const listeners = new Set<() => void>()
  for (const [id, value] of cachedRecords(stored, prefix, request)) waiting.set(id, value)
  const sorted = () => [...waiting.values()].sort((one, other) => one.at - other.at)
  let list = sorted()

  const changed = (ids: Iterable<string>): readonly StoreChange[] => {
    list = sorted()
    for (const listener of listeners) listener()
    return [...ids].map((id) => ({ key: `${prefix}${id}`, value: waiting.get(id) }))
  }
  return {
    all: () => list,
    take: (event) => {
      if (event.type !== 'request') return []
      const { conversationId, state, kind, from, at } = event
      if (state !== 'waiting' || kind === undefined || from === undefined) waiting.delete(conversationId)
      else waiting.set(conversationId, { conversationId, kind, from, at })
      return changed([conversationId])
    },
    replace: (requests) => {
      const before = [...waiting.keys()]
      waiting.clear()
      for (const one of requests) waiting.set(one.conversationId, one)
      return changed(new Set([...before, ...waiting.keys()]))
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
