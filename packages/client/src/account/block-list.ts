import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { z } from 'zod'
import type { ClientEvent } from '../events/client-events.ts'
import type { StoreChange } from '../stores/client-store.ts'

/**
 * The users whom this user has blocked, as far as this device knows. Their events in a direct conversation are
 * processed, so that they can be read after an unblock, but are not shown.
 */
export interface BlockList {
  /** Whether this is the direct conversation with a blocked user. */
  hides(conversationId: string): boolean
  /** Applies an event of this user's own stream. Returns the changes to store. */
  take(event: ClientEvent): readonly StoreChange[]
  /** Replaces the list with the server's. */
  replace(userIds: readonly string[]): readonly StoreChange[]
  /** Calls the listener when the list changes. Returns a function that unsubscribes. */
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
