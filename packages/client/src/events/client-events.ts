import type { TypingActivity } from '@backscroll/protocol/client-frames'
import type { ErrorDetails } from '@backscroll/protocol/errors'
import type { MarkChange } from '@backscroll/protocol/rest/marks'
import type { Receipt } from '@backscroll/protocol/server-frames'
import type { PendingCommand } from '../commands/pending-commands.ts'
import type { ConnectionState } from '../connection/connection-state.ts'
import type { BackscrollError, ClientErrorCode } from '../errors/backscroll-error.ts'
import type { EnrolmentOptions } from '../rest/enrolment-options.ts'
import type { ReadableConversation } from '../rest/readable-views.ts'
import type { ShownNotice } from '../trust/trust-book.ts'
import type { ConversationClientEvent } from './conversation-event.ts'
import type { GroupNotice } from './group-notice.ts'
import type { BackupStatus } from './history-backup.ts'
import type { HistoryTransfer } from './history-transfer.ts'
import type { WarningCode } from './warning-codes.ts'

/** A message that could not be read when it came, and can be read now: its sender's device has sent it again. */
export interface RecoveredClientEvent {
  readonly type: 'recovered'
  readonly conversationId: string
  /** It replaces the event of this revision that came without content. */
  readonly message: ConversationClientEvent
}

/**
 * A device or a key that this device had not seen. Show it, because a server that adds a device must not be able to
 * do so silently.
 */
export interface TrustClientEvent {
  readonly type: 'trust'
  readonly conversationId: string | undefined
  readonly notice: ShownNotice | GroupNotice
}

/**
 * What this device can read of a group's name and description now; null where there is none or its key has not
 * come.
 */
export interface DetailsClientEvent {
  readonly type: 'details'
  readonly conversationId: string
  readonly name: string | null
  readonly description: string | null
}

/**
 * The members of a conversation as their devices have signed it, whatever the server's events and lists say.
 * Replaces the previous list. Only these members can read what this device sends.
 */
export interface MembersClientEvent {
  readonly type: 'members'
  readonly conversationId: string
  readonly members: readonly {
    readonly userId: string
    /** The device that let this user in; null where this device was not told. */
    readonly addedBy: { readonly userId: string; readonly deviceId: string } | null
    /** As devices have signed it; null where this device was not told. */
    readonly role: 'owner' | 'admin' | 'member' | null
    /**
     * The server no longer serves this user, and no member has signed that: an erased account, or a lie. Reads
     * nothing new.
     */
    readonly gone: boolean
  }[]
}

/**
 * What a user says about the own person has changed, as one of that user's devices has told this one inside the
 * encryption: no server can change it. Null where the user has no name, or one that may not be shown.
 */
export interface ProfileClientEvent {
  readonly type: 'profile'
  readonly userId: string
  readonly name: string | null
}

/** What happened to the user's own account. */
export type AccountChange =
  /**
   * Show it: a device that nobody expected is an attack. `certified`: by the identity key that this device has,
   * so it is the user's own.
   */
  | { readonly type: 'device_added'; readonly deviceId: string; readonly certified: boolean }
  /** Another device asks for approval, until `expiresAt` (server time): call `answerApproval` or `refuseApproval`. */
  | {
      readonly type: 'approval_requested'
      readonly deviceId: string
      readonly pairingId: string
      readonly expiresAt: number
    }
  /** It was refused, or has stopped asking. `device_added` reports an approval. */
  | { readonly type: 'approval_refused'; readonly deviceId: string; readonly pairingId: string }
  /** `devices()` gives the name. */
  | { readonly type: 'device_named'; readonly deviceId: string }
  | { readonly type: 'device_revoked'; readonly deviceId: string }
  /** `signed`: by the previous key. */
  | { readonly type: 'identity_changed'; readonly identityKey: string; readonly signed: boolean }
  | { readonly type: 'deactivated' | 'reactivated' | 'erased' }
  | { readonly type: 'blocked' | 'unblocked'; readonly userId: string }
  /** The user has muted, pinned, archived or marked a conversation as unread, or taken that back: what has changed. */
  | { readonly type: 'marked'; readonly conversationId: string; readonly marks: MarkChange }
  | { readonly type: 'starred'; readonly conversationId: string; readonly messageId: string; readonly seq: number }
  | { readonly type: 'unstarred'; readonly conversationId: string; readonly messageId: string }
  /** The consent setting has changed. `consent()` returns it. */
  | { readonly type: 'consent_changed' }

/** Events of the user's own stream: each once and in order of `revision`. */
export interface AccountClientEvent {
  readonly type: 'account'
  readonly change: AccountChange
  readonly revision: number
  /** Server time, milliseconds since the Unix epoch. */
  readonly at: number
  /** The device that asked for it; null when it was an admin or the server. */
  readonly by: string | null
}

/**
 * Another user has added this user to a conversation, which waits for an answer; or the answer was given, on any
 * device; or the request is over.
 */
export interface RequestClientEvent {
  readonly type: 'request'
  readonly state: 'waiting' | 'accepted' | 'declined' | 'withdrawn'
  readonly conversationId: string
  /** The user who sent the request. Undefined once it is settled. */
  readonly from: string | undefined
  readonly kind: 'direct' | 'group' | undefined
  /** Its revision in the user's own stream. */
  readonly revision: number
  /** Server time, milliseconds since the Unix epoch. */
  readonly at: number
}

/**
 * Somebody asked to join a group by an invite link with approval, or such a request is settled. `own`: this user asked.
 * Otherwise this user is an owner or admin of the group, and `state` is not `accepted`: members are told by `members`.
 */
export interface JoinRequestClientEvent {
  readonly type: 'join_request'
  readonly conversationId: string
  /** The user who asks. */
  readonly userId: string
  readonly state: 'waiting' | 'accepted' | 'declined' | 'withdrawn'
  readonly own: boolean
}

/**
 * The server, or a member, did something that no honest one does, and it was refused. `code`: one of encryption, as
 * in `BackscrollError`, or one of `warningTitles`, which says what each means.
 */
export interface WarningClientEvent {
  readonly type: 'warning'
  readonly code: WarningCode
  readonly conversationId: string | undefined
  /** The revision of the event that it came with. */
  readonly revision: number | undefined
  readonly details: Readonly<Record<string, string | number>>
}

/** Another device's newest watermarks. They are state, not history: only the newest counts. */
export interface ReceiptClientEvent {
  readonly type: 'receipt'
  readonly receipt: Receipt
}

/**
 * Replaces what the application knew: forget everything at `first`, be complete at `last`. Events continue from
 * there.
 */
export interface SnapshotClientEvent {
  readonly type: 'snapshot'
  readonly conversations: readonly ReadableConversation[]
  readonly first: boolean
  readonly last: boolean
}

/** A command of this device was finally rejected; reported once, also after a restart. */
export interface FailedClientEvent {
  readonly type: 'failed'
  readonly conversationId: string
  readonly messageId: string
  readonly clientSeq: number
  readonly code: ClientErrorCode
  readonly message: string
  /** As of `BackscrollError`. */
  readonly details: ErrorDetails | undefined
}

/**
 * Events between two revisions could not be had, although the server promises them: load the conversation's
 * history.
 */
export interface GapClientEvent {
  readonly type: 'gap'
  readonly conversationId: string
  readonly after: number
  readonly before: number
}

/** Events that come in one order, through `events()` and `on`. */
export type ClientEvent =
  | ConversationClientEvent
  | RecoveredClientEvent
  | ReceiptClientEvent
  | SnapshotClientEvent
  | FailedClientEvent
  | GapClientEvent
  | TrustClientEvent
  | WarningClientEvent
  | DetailsClientEvent
  | MembersClientEvent
  | ProfileClientEvent
  | AccountClientEvent
  | RequestClientEvent
  | JoinRequestClientEvent

/** Signals that are true only now, through `on` alone. */
export type Signal =
  | {
      readonly type: 'typing'
      readonly conversationId: string
      readonly userId: string
      readonly deviceId: string
      readonly typing: boolean
      /** What the user is doing. Undefined: `typing`. */
      readonly activity?: TypingActivity | undefined
    }
  | { readonly type: 'state'; readonly state: ConnectionState }
  /** What a conversation's next command waits for. */
  | { readonly type: 'pending_command'; readonly command: PendingCommand }
  /** Before this device can connect it needs one of these ways. */
  | ({ readonly type: 'approval_needed' } & EnrolmentOptions)
  /** The history of the user's older devices, on its way to this one. */
  | { readonly type: 'history_transfer'; readonly transfer: HistoryTransfer }
  /** The backup of the history. */
  | { readonly type: 'backup'; readonly status: BackupStatus }
  /** A handler or the store threw; the client goes on. */
  | { readonly type: 'error'; readonly error: BackscrollError }
