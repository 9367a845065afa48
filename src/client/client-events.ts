import type { Receipt, WireEvent } from '../protocol/server-frames.ts'
import type { BackscrollError } from './backscroll-error.ts'
import type { ConnectionState } from './connection-state.ts'
import type { SnapshotConversation } from './views.ts'

/** Kinds of conversation events: `conversation` is everything about the conversation itself and its members. */
export type ConversationEventKind = 'message' | 'edit' | 'deletion' | 'reaction' | 'conversation'

/** One event of a conversation, each once and in order of `event.revision`. */
export interface ConversationClientEvent {
  readonly type: ConversationEventKind
  readonly conversationId: string
  /** Made by this very device. */
  readonly own: boolean
  readonly event: WireEvent
  /** What the sealer opened; undefined where there is no content or it was deleted. */
  readonly plaintext: Uint8Array | undefined
}

/** Another device's newest watermarks. State, not history: only the newest one counts. */
export interface ReceiptClientEvent {
  readonly type: 'receipt'
  readonly receipt: Receipt
}

/** Replaces what the application knew: forget everything at `first`, be complete at `last`. Events go on from there. */
export interface SnapshotClientEvent {
  readonly type: 'snapshot'
  readonly conversations: readonly SnapshotConversation[]
  readonly first: boolean
  readonly last: boolean
}

/** A command of this device was finally rejected; told once, also after a restart. */
export interface FailedClientEvent {
  readonly type: 'failed'
  readonly conversationId: string
  readonly messageId: string
  readonly clientSeq: number
  readonly code: string
  readonly message: string
}

/** Events between two revisions could not be had, against the server's promise: load the conversation's history. */
export interface GapClientEvent {
  readonly type: 'gap'
  readonly conversationId: string
  readonly after: number
  readonly before: number
}

/** What comes in one order, through `events()` and `on`. */
export type ClientEvent =
  | ConversationClientEvent
  | ReceiptClientEvent
  | SnapshotClientEvent
  | FailedClientEvent
  | GapClientEvent

/** What is true only now, through `on` alone. */
export type Signal =
  | {
      readonly type: 'typing'
      readonly conversationId: string
      readonly userId: string
      readonly deviceId: string
      readonly typing: boolean
    }
  | { readonly type: 'state'; readonly state: ConnectionState }
  /** A handler, the sealer or the store threw; the client goes on. */
  | { readonly type: 'error'; readonly error: BackscrollError }

const kinds: Readonly<Record<string, ConversationEventKind>> = {
  MessageSent: 'message',
  MessageEdited: 'edit',
  MessageDeleted: 'deletion',
  MessageReacted: 'reaction',
}

export const kindOfEvent = (event: WireEvent): ConversationEventKind => kinds[event.type] ?? 'conversation'
