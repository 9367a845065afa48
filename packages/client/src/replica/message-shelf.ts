import type { StoreChange } from '../stores/client-store.ts'
import { allOf, type LazyRecords } from '../stores/lazy-records.ts'
import { type KeptMessage, keptMessage } from './kept-message.ts'

/** Messages of all conversations, by number, in the store. What a call returns is noted, and is to be stored. */
export interface MessageShelf {
  get(conversationId: string, seq: number): Promise<KeptMessage | undefined>
  put(message: KeptMessage): StoreChange
  drop(conversationId: string, seq: number): StoreChange
  /** From the number `from` on, in order; `below`: not those from that number on. */
  from(conversationId: string, from: number, below?: number): AsyncIterable<KeptMessage>
  /** The newest `limit` below a number and from `from` on, in order. */
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
      // Numbers have gaps where this user was not there.
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
