import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import type { MarkChange } from '@backscroll/protocol/rest/marks'
import type { Address } from '../content/address.ts'

/**
 * The user's own marks of conversations, on all of the user's devices. Nobody else is told, but the server sees them.
 * A change is shown at once, also without a connection, and the views follow it. All calls resolve when the server has
 * accepted the change, and reject with `BackscrollError`. The last change that the server accepts counts.
 */
export interface ClientMarks {
  /** No device of the user is woken by the conversation until this time. Default: until it is unmuted. */
  mute(conversation: Address, options?: { readonly until?: Date | number }): Promise<void>
  unmute(conversation: Address): Promise<void>
  /** Puts the conversation at the top of the inbox. Rejects with `mark_limit` when too many are pinned. */
  pin(conversation: Address): Promise<void>
  unpin(conversation: Address): Promise<void>
  /** Hides the conversation from the inbox until a later message comes, or for as long as it is muted. */
  archive(conversation: Address): Promise<void>
  unarchive(conversation: Address): Promise<void>
  /** Shows the conversation as unread, until `markRead`. */
  markUnread(conversation: Address): Promise<void>
}

export interface ClientMarksDeps {
  readonly me: { readonly userId: string }
  readonly change: (conversationId: string, change: MarkChange) => Promise<void>
  /** The number of the newest message that this device knows. */
  readonly lastSeq: (conversationId: string) => number
}

export const createClientMarks = ({ me, change, lastSeq }: ClientMarksDeps): ClientMarks => {
  const idOf = (to: Address) => (typeof to === 'string' ? to : directConversationId(me.userId, to.user))
  const mark = (to: Address, wanted: MarkChange) => change(idOf(to), wanted)
  return {
    mute: (to, { until } = {}) => mark(to, { mutedUntil: until === undefined ? 'forever' : Number(until) }),
    unmute: (to) => mark(to, { mutedUntil: null }),
    pin: (to) => mark(to, { pinned: true }),
    unpin: (to) => mark(to, { pinned: false }),
    archive: (to) => mark(to, { archivedUpTo: lastSeq(idOf(to)) }),
    unarchive: (to) => mark(to, { archivedUpTo: null }),
    markUnread: (to) => mark(to, { unread: true }),
  }
}
