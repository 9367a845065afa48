import type { InboxEntry } from '@backscroll/protocol/rest/inbox'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { ClientEvent } from '../events/client-events.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { createFillPage, type ServerPage } from './fill-page.ts'
import { completeAfter, conversationFromServer, type KeptConversation } from './kept-conversation.ts'
import type { KeptMessage } from './kept-message.ts'
import type { Reached } from './mark-shelf.ts'
import { createApplyEvent } from './replica-events.ts'
import { loadReplicaState, type ReplicaDeps, type ReplicaState } from './replica-state.ts'
import { createApplyState } from './replica-states.ts'

/**
 * The device's local copy of its conversations, for display without the server: the newest messages of each, and
 * their state. It applies the events in the order in which the application gets them, and is stored in the same
 * write as the sync position. After a crash both resume from the same point.
 */
export interface Replica extends Pick<ReplicaState, 'watch'> {
  /** Applies the next event. Returns the changes to store with it. `isBlocked`: the event is hidden from the user. */
  apply(event: ClientEvent, isBlocked: boolean): Promise<() => readonly StoreChange[]>
  conversation(conversationId: string): KeptConversation | undefined
  conversations(): Iterable<KeptConversation>
  message(conversationId: string, seq: number): Promise<KeptMessage | undefined>
  /** The newest messages below a number, in ascending order, as far back as the local copy has no holes. */
  before(conversationId: string, below: number, limit: number): Promise<readonly KeptMessage[]>
  /**
   * The oldest messages above a number, in ascending order. Empty if some of the messages from there on are not
   * stored.
   */
  after(conversationId: string, above: number, limit: number): Promise<readonly KeptMessage[]>
  /** Other users' watermarks, by user id. */
  marks(conversationId: string): Promise<ReadonlyMap<string, Reached>>
  /**
   * Requests a page from the server and stores the part that fits. Events that arrive during the request are
   * applied to the answer too.
   */
  fill(conversationId: string, ask: () => Promise<ServerPage>): Promise<ServerPage>
  /** Adds a conversation that has had no event since this device started its local copy. */
  adopt(entry: InboxEntry): Promise<void>
  /** Content that was not readable may be now: views read it again. */
  refresh(): void
  /** The user has read everything up to this number, on this device. */
  read(conversationId: string, seq: number): Promise<void>
  /** Drops a batch of messages from before this time, up to a revision. Returns no changes when none are left. */
  expire(conversationId: string, before: number, upTo: number): Promise<readonly StoreChange[]>
}

const defaultMost = 1_000
const expiredAtOnce = 1_000

export const loadReplica = (deps: ReplicaDeps): Replica => {
  const { me, write, most = defaultMost } = deps
  const state = loadReplicaState(deps)
  const { known, messages } = state
  const applyEvent = createApplyEvent(state, deps, most)
  const applyState = createApplyState(state, me)
  const fillPage = createFillPage(state, most)

  let turn: Promise<unknown> = Promise.resolve()
  /** Runs tasks one at a time, because each reads the state that it changes. */
  const inTurn = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const result = turn.then(task)
    turn = result.catch(() => {})
    return result
  }
  const store = async (changes: readonly StoreChange[]) => {
    if (changes.length > 0) await write(state.newest(changes)())
  }
  const applyToldEvent = async (told: ClientEvent, isBlocked: boolean): Promise<readonly StoreChange[]> => {
    switch (told.type) {
      case 'message':
      case 'edit':
      case 'deletion':
      case 'reaction':
      case 'conversation':
        return applyEvent.event(told, isBlocked)
      case 'recovered':
        return applyEvent.recovered(told.message)
      case 'receipt':
        return applyState.receipt(told.receipt)
      case 'snapshot':
        return applyState.snapshot(told)
      case 'gap':
        return applyState.gap(told.conversationId)
      case 'details':
      case 'members':
        state.tell({ kind: 'facts', conversationId: told.conversationId })
        return []
      default:
        return []
    }
  }

  return {
    watch: state.watch,
    apply: async (told, isBlocked) => state.newest(await inTurn(() => applyToldEvent(told, isBlocked))),
    conversation: (id) => known.get(id),
    conversations: () => known.values(),
    message: messages.get,
    before: async (id, below, limit) => {
      const { completeFrom = below, lastSeq = 0 } = known.get(id) ?? {}
      return messages.newest(id, { from: Math.max(1, completeFrom), below: Math.min(below, lastSeq + 1), limit })
    },
    after: async (id, above, limit) => {
      const found: KeptMessage[] = []
      if (above + 1 < (known.get(id)?.completeFrom ?? Number.POSITIVE_INFINITY)) return found
      for await (const one of messages.from(id, above + 1)) if (found.push(one) >= limit) break
      return found
    },
    marks: state.marks.of,
    fill: async (id, ask) => {
      const late: WireEvent[] = []
      state.late.add(late)
      try {
        const page = await ask()
        const { told, changes } = await inTurn(async () =>
          fillPage(
            id,
            page,
            late.filter(({ stream }) => stream.id === id),
          ),
        )
        await store(changes)
        return told
      } finally {
        state.late.delete(late)
      }
    },
    adopt: async (entry) => {
      const { conversationId, lastSeq } = entry.conversation
      const isKnown = known.get(conversationId)?.createdAt === entry.conversation.createdAt
      if (!isKnown) await store([state.replaceRecord(conversationFromServer(entry, completeAfter(lastSeq)))])
      state.tell({ kind: 'facts', conversationId })
    },
    refresh: () => state.tell({ kind: 'all' }),
    read: async (id, seq) => store(await inTurn(() => applyState.raised(id, { read: seq, delivered: seq }))),
    expire: (id, before, upTo) =>
      inTurn(async () => {
        const dropped = await state.dropWhile(id, ({ at, revision }) => at < before && revision <= upTo, expiredAtOnce)
        const conversation = known.get(id)
        if (dropped.length === 0 || conversation === undefined) return dropped
        return [...dropped, state.replaceRecord(await state.recounted(conversation))]
      }),
  }
}
