import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { StoreChange } from '../stores/client-store.ts'
import { changed, changedSeq, type KeptMessage } from './kept-message.ts'
import type { ReplicaState } from './replica-state.ts'

/**
 * One page of a conversation's messages as the server returned it, in ascending order. All numbers are below
 * `before`.
 */
export interface ServerPage {
  readonly messages: readonly KeptMessage[]
  readonly before: number
  /** The number of the first message on the page, even if that message has expired. Undefined if the page is empty. */
  readonly first: number | undefined
  /** Older messages exist before this page. */
  readonly more: boolean
}

const after = (one: KeptMessage, events: readonly WireEvent[]): KeptMessage =>
  events.reduce((before, event) => (changedSeq(event) === before.seq ? changed(before, event) : before), one)

/**
 * Brings a page up to date and decides which of its messages to keep. Only messages that adjoin the kept ones are
 * kept, so the kept range never has holes.
 */
export const createFillPage =
  ({ known, messages, replaceRecord }: ReplicaState, most: number) =>
  (id: string, page: ServerPage, late: readonly WireEvent[]): { told: ServerPage; changes: readonly StoreChange[] } => {
    const told = { ...page, messages: page.messages.map((one) => after(one, late)) }
    const conversation = known.get(id)
    if (conversation === undefined || page.before < conversation.completeFrom) return { told, changes: [] }
    const oldest = conversation.lastSeq - most + 1
    const end = Math.min(conversation.completeFrom, conversation.lastSeq + 1)
    const fresh = told.messages.filter(({ seq }) => seq >= oldest && seq < end)
    const from = page.more ? (page.first ?? end) : 0
    const completeFrom = Math.min(end, oldest > 1 ? Math.max(from, oldest) : from)
    return { told, changes: [...fresh.map(messages.put), replaceRecord({ ...conversation, completeFrom })] }
  }
