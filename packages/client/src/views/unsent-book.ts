import { type Failure, type OutboxEntry, outboxEntry } from '../commands/outbox-entry.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { isMessage } from './outbox-news.ts'

/** Messages that were finally rejected: kept until a person sends them again or discards them. */
export interface UnsentBook {
  of(conversationId: string): readonly OutboxEntry[]
  /** What to store about a rejection. */
  failed(entry: OutboxEntry, failure: Failure): readonly StoreChange[]
  /** Takes it out; undefined when it is not there. `change`: what to store. */
  take(
    conversationId: string,
    messageId: string,
  ): { readonly entry: OutboxEntry; readonly change: StoreChange } | undefined
  watch(listener: (conversationId: string) => void): () => void
}

const prefix = 'unsent/'
const keyOf = ({ conversationId, messageId }: OutboxEntry): string => `${prefix}${conversationId}/${messageId}`

/** What waits again under the same id was sent again, by a process that ended before it could say so. */
export const loadUnsent = (
  stored: ReadonlyMap<string, unknown>,
  waiting: (conversationId: string) => readonly OutboxEntry[],
): UnsentBook => {
  const kept = new Map<string, OutboxEntry>()
  const listeners = new Set<(conversationId: string) => void>()
  for (const [key, value] of stored) if (key.startsWith(prefix)) kept.set(key, outboxEntry.parse(value))

  const tell = (id: string) => {
    for (const listener of listeners) listener(id)
  }
  return {
    of: (id) => {
      const again = new Set(waiting(id).map(({ messageId }) => messageId))
      return [...kept.values()].filter((one) => one.conversationId === id && !again.has(one.messageId))
    },
    failed: (entry, failed) => {
      if (!isMessage(entry)) return []
      const value = { ...entry, failed }
      kept.set(keyOf(entry), value)
      tell(entry.conversationId)
      return [{ key: keyOf(entry), value }]
    },
    take: (conversationId, messageId) => {
      const key = `${prefix}${conversationId}/${messageId}`
      const entry = kept.get(key)
      if (entry === undefined) return undefined
      kept.delete(key)
      tell(conversationId)
      return { entry, change: { key, value: undefined } }
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
