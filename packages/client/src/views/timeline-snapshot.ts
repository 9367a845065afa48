import type { TypingActivity } from '@backscroll/protocol/client-frames'
import type { KeptConversation } from '../replica/kept-conversation.ts'
import type { TimelineEntry } from './timeline-entry.ts'

export interface TimelineSnapshot {
  readonly conversationId: string
  /** Undefined until this device knows the conversation. */
  readonly kind: KeptConversation['kind'] | undefined
  /** The other user of a direct conversation. */
  readonly peer: string | undefined
  /** The other user's display name, or undefined if this device does not know it. */
  readonly peerName: string | undefined
  /** The name of a group, if this device can read it. */
  readonly name: string | undefined
  /** In order of the conversation; messages that are not accepted yet come last. */
  readonly entries: readonly TimelineEntry[]
  /** The local copy has not been read yet. */
  readonly isLoading: boolean
  readonly hasOlder: boolean
  /** The window was moved to older messages, so newer messages follow its end. */
  readonly hasNewer: boolean
  readonly unread: number
  /** Other users who are typing now. */
  readonly typing: readonly string[]
  /** What each of them is doing, in the same order. */
  readonly typingActivities: readonly TypingActivity[]
  /** Display names in the same order. An item is undefined if this device does not know the name. */
  readonly typingNames: readonly (string | undefined)[]
  readonly draft: string
  /** The other user of this direct conversation is blocked. */
  readonly isBlocked: boolean
}
