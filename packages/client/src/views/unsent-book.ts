import { type Failure, keyOf as numberOf, type OutboxEntry, outboxEntry } from '../commands/outbox-entry.ts'
import { entryRemoved } from '../records/client-records.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { isMessage } from './outbox-news.ts'

/** Messages that were finally rejected. They are kept until the user resends or discards them. */
export interface UnsentBook {
  of(conversationId: string): readonly OutboxEntry[]
  /** Records a rejection. Returns the changes to store. */
  failed(entry: OutboxEntry, failure: Failure): readonly StoreChange[]
  /** Removes a message. Undefined if it is not here. */
  take(conversationId: string, messageId: string): Taken | undefined
  watch(listener: (conversationId: string) => void): () => void
}

interface Taken {
  readonly entry: OutboxEntry
  /** The changes to store. */
  readonly changes: readonly StoreChange[]
}

const prefix = 'unsent/'
const keyOf = ({ conversationId, messageId }: OutboxEntry): string => `${prefix}${conversationId}/${messageId}`

/**
 * `failed`: rejections that the application has not been told of yet. If a message with the same id is waiting
 * again, it was resent by a process that ended before it could delete the record here.
 */
export const loadUnsent = (
  stored: ReadonlyMap<string, unknown>,
  failed: readonly OutboxEntry[],
  waiting: (conversationId: string) => readonly OutboxEntry[],
): UnsentBook => {
  const kept = new Map<string, OutboxEntry>()
  const listeners = new Set<(conversationId: string) => void>()
  for (const [key, value] of stored) if (key.startsWith(prefix)) kept.set(key, outboxEntry.parse(value))
  for (const entry of failed) if (isMessage(entry)) kept.set(keyOf(entry), entry)
  /** Messages that were resent or discarded since the start, possibly before their rejection was reported. */
  const dealtWith = new Set<string>()

  const tell = (id: string) => {
    for (const listener of listeners) listener(id)
  }
  return {
    of: (id) => {
      const again = new Set(waiting(id).map(({ messageId }) => messageId))
      return [...kept.values()].filter((one) => one.conversationId === id && !again.has(one.messageId))
    },
    failed: (entry, failed) => {
      if (!isMessage(entry) || dealtWith.has(numberOf(entry))) return []
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
      dealtWith.add(numberOf(entry))
      tell(conversationId)
      return { entry, changes: [{ key, value: undefined }, ...entryRemoved(entry)] }
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
