import type { WireEvent } from '@backscroll/protocol/server-frames'
import { cachedRecords } from '../stores/cached-records.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { LazyRecords } from '../stores/lazy-records.ts'
import type { ServerTime } from '../time/server-time.ts'
import { type KeptConversation, keptConversation } from './kept-conversation.ts'
import type { KeptMessage } from './kept-message.ts'
import { createMarkShelf, type MarkShelf } from './mark-shelf.ts'
import { mentionsLeft } from './mentioned-in.ts'
import { createMessageShelf, type MessageShelf } from './message-shelf.ts'
import { unreadIn } from './unread-count.ts'

/** Reports what changed. `event` created or changed a message; `all`: anything may have changed. */
export type ReplicaNews =
  | { readonly kind: 'message'; readonly conversationId: string; readonly event: WireEvent }
  | { readonly kind: 'facts' | 'marks' | 'reload'; readonly conversationId: string }
  | { readonly kind: 'all' }

export interface ReplicaDeps {
  readonly me: { readonly userId: string }
  readonly stored: ReadonlyMap<string, unknown>
  readonly lazy: LazyRecords
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly time: Pick<ServerTime, 'earliest'>
  /** The largest number of messages that are kept of one conversation. */
  readonly most?: number
}

/** The stored state, and the steps that all writers share. The caller must store the changes that a step returns. */
export interface ReplicaState {
  readonly messages: MessageShelf
  readonly marks: MarkShelf
  readonly known: ReadonlyMap<string, KeptConversation>
  /** For each request that is waiting for the server: the events that arrived in the meantime. */
  readonly late: Set<WireEvent[]>
  replaceRecord(next: KeptConversation): StoreChange
  /** Drops the conversation and its messages. */
  drop(conversationId: string): Promise<readonly StoreChange[]>
  /** Drops messages from the oldest on, until `isGone` returns false. */
  dropWhile(conversationId: string, isGone: (one: KeptMessage) => boolean, most?: number): Promise<StoreChange[]>
  recounted(conversation: KeptConversation): Promise<KeptConversation>
  /**
   * Resolves each change to its current value at the time of the write, so that an older value never overwrites a
   * newer one.
   */
  newest(changes: readonly StoreChange[]): () => readonly StoreChange[]
  tell(news: ReplicaNews): void
  watch(listener: (news: ReplicaNews) => void): () => void
}

const prefix = 'conv/'

export const loadReplicaState = ({ me, stored, lazy }: ReplicaDeps): ReplicaState => {
  const messages = createMessageShelf(lazy)
  const known = new Map<string, KeptConversation>()
  const listeners = new Set<(news: ReplicaNews) => void>()
  for (const [id, value] of cachedRecords(stored, prefix, keptConversation)) known.set(id, value)

  const recordOf = (id: string): StoreChange => ({ key: `${prefix}${id}`, value: known.get(id) })
  const tell = (news: ReplicaNews) => {
    for (const listener of listeners) listener(news)
  }
  const dropWhile: ReplicaState['dropWhile'] = async (id, isGone, most = Number.POSITIVE_INFINITY) => {
    const changes: StoreChange[] = []
    for await (const one of messages.from(id, 0)) {
      if (changes.length >= most || !isGone(one)) break
      changes.push(messages.drop(id, one.seq))
    }
    if (changes.length > 0) tell({ kind: 'reload', conversationId: id })
    return changes
  }
  return {
    ...{ messages, marks: createMarkShelf(lazy), known, late: new Set(), dropWhile, tell },
    replaceRecord: (next) => {
      known.set(next.conversationId, next)
      return recordOf(next.conversationId)
    },
    drop: async (id) => {
      const dropped = await dropWhile(id, () => true)
      known.delete(id)
      return [...dropped, recordOf(id)]
    },
    recounted: async (conversation) => ({
      ...conversation,
      unread: await unreadIn(messages, conversation, me.userId),
      mentionedIn: await mentionsLeft(messages, conversation),
    }),
    newest: (changes) => () =>
      changes.flatMap(({ key }) => {
        if (key.startsWith(prefix)) return [recordOf(key.slice(prefix.length))]
        return lazy.unstored(key) ?? []
      }),
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
