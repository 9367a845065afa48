import type { StoreChange } from '../stores/client-store.ts'
import { allOf, type LazyRecords } from '../stores/lazy-records.ts'
import { type KeptMessage, keptMessage } from './kept-message.ts'

/**
 * The stored messages of all conversations, by number. The changes that a call returns are visible at once, and the
 * caller must store them.
 */
export interface MessageShelf {
  get(conversationId: string, seq: number): Promise<KeptMessage | undefined>
  put(message: KeptMessage): StoreChange
  drop(conversationId: string, seq: number): StoreChange
  /** Messages from number `from` (inclusive) to `below` (exclusive), in ascending order. */
  from(conversationId: string, from: number, below?: number): AsyncIterable<KeptMessage>
  /** The newest `limit` messages from number `from` (inclusive) to `below` (exclusive), in ascending order. */
  newest(
    conversationId: string,
    range: { readonly from: number; readonly below: number; readonly limit: number },
  ): Promise<readonly KeptMessage[]>
}

const digits = (seq: number): string => String(Math.max(0, seq)).padStart(12, '0')
const prefixOf = (id: string): string => `kept/${id}/`
const keyOf = (id: string, seq: number): string => `${prefixOf(id)}${digits(seq)}`

export const createMessageShelf = (lazy: LazyRecords): MessageShelf => {
  const noted = (change: StoreChange): StoreChange => {
    lazy.note([change])
    return change
  }
  async function* from(id: string, first: number, below = Number.POSITIVE_INFINITY): AsyncGenerator<KeptMessage> {
    for await (const [, value] of allOf(lazy, prefixOf(id), keyOf(id, first - 1))) {
      const found = keptMessage.parse(value)
      if (found.seq >= below) return
      yield found
    }
  }
  return {
    get: async (id, seq) => {
      const found = await lazy.get(keyOf(id, seq))
      return found === undefined ? undefined : keptMessage.parse(found)
    },
    put: (message) => noted({ key: keyOf(message.conversationId, message.seq), value: message }),
    drop: (id, seq) => noted({ key: keyOf(id, seq), value: undefined }),
    from,
    newest: async (id, { from: first, below, limit }) => {
      let found: KeptMessage[] = []
      // Numbers have gaps for the times when this user was not a member.
      for (let [to, step] = [below, limit]; found.length < limit && to > first; step *= 2) {
        const low = Math.max(first, to - step)
        const some: KeptMessage[] = []
        for await (const one of from(id, low, to)) some.push(one)
        found = [...some, ...found]
        to = low
      }
      return found.slice(-limit)
    },
  }
}
