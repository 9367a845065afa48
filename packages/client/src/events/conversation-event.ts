import type { ConversationEvent, ConversationEventType, EventTarget } from '@backscroll/protocol/conversation-events'
import type { Content } from '../content/message-content.ts'

/** What an application gets with every event of a conversation, each once and in order of `event.revision`. */
export interface EventFacts {
  readonly conversationId: string
  /** Made by this very device. */
  readonly own: boolean
  /** The content; undefined where there is none, it was deleted, or this version does not know its kind. */
  readonly content: Content | undefined
  /** The same as bytes: the text as UTF-8, or the application's own bytes. */
  readonly plaintext: Uint8Array | undefined
  /** Why this device cannot read it: it was sent before the device joined, or is damaged. */
  readonly unreadable: string | undefined
}

interface Shown<Kind extends string, Type extends ConversationEventType> extends EventFacts {
  readonly type: Kind
  readonly event: ConversationEvent<Type>
}

type MessageEventType = 'MessageSent' | 'MessageEdited' | 'MessageDeleted' | 'MessageReacted'

export interface MessageClientEvent extends Shown<'message', 'MessageSent'> {
  /** Names this message to `reply`, `edit`, `react` and `delete`. */
  readonly ref: EventTarget
}
/** For these, `event.data.target` names the message. */
export interface EditClientEvent extends Shown<'edit', 'MessageEdited'> {}
export interface DeletionClientEvent extends Shown<'deletion', 'MessageDeleted'> {}
export interface ReactionClientEvent extends Shown<'reaction', 'MessageReacted'> {}
/** Everything about the conversation itself, its members and its encryption group. */
export interface ChangeClientEvent extends Shown<'conversation', Exclude<ConversationEventType, MessageEventType>> {}

/** One event of a conversation: `type` says which events it can be, and `event.type` what `event.data` holds. */
export type ConversationClientEvent =
  | MessageClientEvent
  | EditClientEvent
  | DeletionClientEvent
  | ReactionClientEvent
  | ChangeClientEvent

export const shownEvent = (event: ConversationEvent, facts: EventFacts): ConversationClientEvent => {
  switch (event.type) {
    case 'MessageSent': {
      const { messageId, seq } = event.data
      return { type: 'message', event, ref: { messageId, revision: event.revision, seq }, ...facts }
    }
    case 'MessageEdited':
      return { type: 'edit', event, ...facts }
    case 'MessageDeleted':
      return { type: 'deletion', event, ...facts }
    case 'MessageReacted':
      return { type: 'reaction', event, ...facts }
    default:
      return { type: 'conversation', event, ...facts }
  }
}
