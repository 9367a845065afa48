import * as chains from '../commands/outbox-chain.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'

/** The waiting commands in sending order, as one chain for each conversation. */
export interface OutboxQueue {
  chain(conversationId: string): chains.Chain
  put(conversationId: string, chain: chains.Chain): void
  find(conversationId: string, clientSeq: number): OutboxEntry | undefined
  /** Accepted, rejected or dropped: it no longer waits. */
  isSettled(entry: OutboxEntry): boolean
  /** Conversations with waiting entries. */
  busy(): ReadonlySet<string>
  /** Entries that were sent and not answered. */
  inFlight(): number
  /** Entries that wait, of one conversation or of all. */
  pending(conversationId?: string): number
}

/** `onChange`: what waits in a conversation, or why, may have changed. */
export const createOutboxQueue = (
  stored: ReadonlyMap<string, chains.Chain>,
  onChange: (conversationId: string) => void,
): OutboxQueue => {
  const state = new Map(stored)
  const busy = new Set([...stored].filter(([, chain]) => chain.entries.length > 0).map(([id]) => id))

  const chain = (id: string) => state.get(id) ?? chains.emptyChain
  const find = (id: string, clientSeq: number) => chains.entryOf(chain(id), clientSeq)
  return {
    chain,
    put: (id, next) => {
      state.set(id, next)
      if (next.entries.length > 0) busy.add(id)
      else busy.delete(id)
      onChange(id)
    },
    find,
    isSettled: ({ conversationId, clientSeq }) => find(conversationId, clientSeq) === undefined,
    busy: () => busy,
    inFlight: () => [...busy].reduce((sum, id) => sum + chain(id).inFlight.size, 0),
    pending: (id) => (id === undefined ? [...busy] : [id]).reduce((sum, one) => sum + chain(one).entries.length, 0),
  }
}
