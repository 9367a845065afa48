import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { z } from 'zod'
import type { ClientEvent } from '../events/client-events.ts'
import type { StoreChange } from '../stores/client-store.ts'

/**
 * Whom the user has blocked, as far as this device was told. Events from them in a direct conversation are
 * processed, so that they can be read when the block is lifted, but nobody is shown them.
 */
export interface BlockList {
  /** Is this the direct conversation with a blocked user? */
  hides(conversationId: string): boolean
  /** What to store about an event of the user's own stream. */
  take(event: ClientEvent): readonly StoreChange[]
  /** All of them, according to the server. */
  replace(userIds: readonly string[]): readonly StoreChange[]
  /** Calls back when the list changes; returns what ends it. */
  watch(listener: () => void): () => void
}

const key = 'blocks'
const stored = z.array(z.string())

export const createBlockList = (me: string, records: ReadonlyMap<string, unknown>): BlockList => {
  const before = stored.safeParse(records.get(key))
  const users = new Set(before.success ? before.data : [])
  const listeners = new Set<() => void>()
  let conversations = new Set<string>()

  const changed = (): readonly StoreChange[] => {
    conversations = new Set([...users].map((userId) => directConversationId(me, userId)))
    for (const listener of listeners) listener()
    return [{ key, value: [...users] }]
  }
  changed()

  return {
    hides: (conversationId) => conversations.has(conversationId),
    take: (event) => {
      if (event.type !== 'account') return []
      const { change } = event
      if (change.type === 'blocked') users.add(change.userId)
      else if (change.type === 'unblocked') users.delete(change.userId)
      else return []
      return changed()
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    replace: (userIds) => {
      users.clear()
      for (const userId of userIds) users.add(userId)
      return changed()
    },
  }
}
