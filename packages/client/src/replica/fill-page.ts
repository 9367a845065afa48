import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { StoreChange } from '../stores/client-store.ts'
import { changed, changedSeq, type KeptMessage } from './kept-message.ts'
import type { ReplicaState } from './replica-state.ts'

/** A page of a conversation's messages as the server has told it, in order. `before`: it ends below this number. */
export interface ServerPage {
  readonly messages: readonly KeptMessage[]
  readonly before: number
  /** The number of its first message, also of one that has expired; undefined for an empty one. */
  readonly first: number | undefined
  /** There are others before it. */
  readonly more: boolean
}

const after = (one: KeptMessage, events: readonly WireEvent[]): KeptMessage =>
  events.reduce((before, event) => (changedSeq(event) === before.seq ? changed(before, event) : before), one)

/** The page as it is now; what of it is kept is to be stored: what goes on from what is there, so that it has no holes. */
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
