import type { Receipt } from '@backscroll/protocol/server-frames'
import type { SnapshotClientEvent } from '../events/client-events.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { completeAfter, conversationFromServer } from './kept-conversation.ts'
import { keptOf } from './kept-message.ts'
import type { Reached } from './mark-shelf.ts'
import { isMentioned } from './mentioned-in.ts'
import type { ReplicaState } from './replica-state.ts'
import { unreadCap } from './unread-count.ts'

type Changes = Promise<readonly StoreChange[]>

/** Applies what arrives as state rather than as events: watermarks, snapshots and gaps. */
export const createApplyState = (state: ReplicaState, me: { readonly userId: string }) => {
  const { messages, marks, known, replaceRecord } = state
  /** Conversations that the current snapshot has not named yet. */
  let unnamed = new Set<string>()

  /** Raises this user's own watermarks. */
  const raised = async (id: string, { read, delivered }: Reached): Changes => {
    const before = known.get(id)
    if (before === undefined) return []
    const reached = Math.max(before.read, Math.min(read, before.lastSeq))
    const after = { ...before, read: reached, delivered: Math.max(before.delivered, delivered) }
    if (after.read === before.read && after.delivered === before.delivered) return []
    const changes = [replaceRecord(reached === before.read ? after : await state.recounted(after))]
    state.tell({ kind: 'facts', conversationId: id })
    return changes
  }
  const replaced = async (told: SnapshotClientEvent['conversations'][number]): Changes => {
    const { conversationId, lastSeq } = told.conversation
    unnamed.delete(conversationId)
    const dropped = await state.drop(conversationId)
    const kept = told.messages.flatMap((one) => keptOf(one) ?? [])
    const first = told.messages[0]?.seq ?? completeAfter(lastSeq)
    const record = conversationFromServer(told, first <= 1 ? 0 : first)
    const others = told.receipts.filter(({ userId }) => userId !== me.userId)
    const seen = await marks.raise(conversationId, others)
    const fresh = told.messages.filter(({ actor, seq, expired }) => {
      return !expired && actor.userId !== me.userId && seq > record.read
    })
    const unreadBefore = Math.max(0, record.unread - fresh.length)
    const named = fresh.filter(({ content }) => isMentioned(content, me.userId))
    const mentionedIn = named.map(({ seq }) => seq).slice(-unreadCap)
    return [...dropped, ...kept.map(messages.put), ...seen, replaceRecord({ ...record, unreadBefore, mentionedIn })]
  }
  return {
    raised,
    receipt: async (receipt: Receipt): Changes => {
      const { conversationId, userId, read = 0, delivered = read } = receipt
      if (userId === me.userId) return raised(conversationId, { read, delivered })
      const changes = await marks.raise(conversationId, [receipt])
      state.tell({ kind: 'marks', conversationId })
      return changes
    },
    snapshot: async ({ conversations, first, last }: SnapshotClientEvent): Changes => {
      if (first) unnamed = new Set(known.keys())
      const changes: StoreChange[] = []
      for (const one of conversations) changes.push(...(await replaced(one)))
      if (last) for (const id of unnamed) changes.push(...(await state.drop(id)))
      state.tell({ kind: 'all' })
      return changes
    },
    /** Events are missing, so nothing before the gap can be shown without the server. */
    gap: async (id: string): Changes => {
      const before = known.get(id)
      if (before === undefined) return []
      const dropped = await state.dropWhile(id, () => true)
      return [
        ...dropped,
        replaceRecord({ ...before, completeFrom: completeAfter(before.lastSeq), unreadBefore: before.unread }),
      ]
    },
  }
}
