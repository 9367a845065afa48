import type { Posting } from '../domain/conversation/conversation-events.ts'
import type { BlobRef } from '../domain/conversation/groups/group.ts'
import type { StoredGroup } from '../domain/conversation/groups/stored-group.ts'

/**
 * The documents of the views, one type for each view (that of `marks` is in `marks-document.ts`); none holds a message's body. Positions are safe integers
 * here, so that they can be ordered and compared by index: the embedded log counts from 1, and logs whose positions
 * are byte offsets stay below 2^53 as well.
 */

/** View `conversations`, key `<conversationId>`, stream `conversation-<id>`. */
export interface ConversationDocument {
  readonly conversationId: string
  readonly kind: 'direct' | 'group'
  /** In a direct conversation: the user who began it, and the other user after a first message. In a group: nobody. */
  readonly writers: readonly string[]
  readonly name: string | null
  readonly description: string | null
  readonly createdAt: number
  readonly memberCount: number
  readonly retentionSeconds: number | null
  readonly posting: Posting
  /** All messages up to this revision have expired; -1: none has. */
  readonly expiredUpTo: number
  /** The same as a message's number; 0: none. */
  readonly expiredSeq: number
  /** No unexpired message, edit or reaction is older; null when there is none. */
  readonly oldestAt: number | null
  /** The revision of the newest message, edit or reaction; -1 if there is none. */
  readonly newestContent: number
  /** From this server time on messages expire; null when none will. Field, indexed. */
  readonly expiryDue: number | null
  /** Number of the newest message; 0 if none. */
  readonly lastSeq: number
  /**
   * Time of the newest message, or of the start of the conversation: orders the inbox. Field; not indexed,
   * because the inbox goes by key.
   */
  readonly lastMessageAt: number
  /** Position of the newest message, or of the start of the conversation. Field. */
  readonly activePosition: number
  readonly lastRevision: number
  /** Position of the newest event of any kind: tells sync what moved. Field. */
  readonly lastPosition: number
}

/**
 * Revisions and message numbers that a member may see, both ends inclusive; `to…` is null while the membership
 * lasts.
 */
export interface VisibilityInterval {
  readonly fromRevision: number
  readonly toRevision: number | null
  readonly fromSeq: number
  readonly toSeq: number | null
  /**
   * Only for a member who was asked: the revision of the acceptance, null until then. Until then all of the
   * interval is withheld.
   */
  readonly heldUntil?: number | null
}

/**
 * View `memberships`, key `<conversationId>/<userId>`. Fields userId, conversationId, active (each indexed with userId
 * or conversationId first).
 */
export interface MembershipDocument {
  readonly conversationId: string
  readonly userId: string
  readonly role: 'owner' | 'admin' | 'member'
  /** 0: no longer a member. 2: has not agreed yet. */
  readonly active: 0 | 1 | 2
  readonly intervals: readonly VisibilityInterval[]
  /**
   * Position of the event from which on the newest membership counts: the beginning of its interval, or the
   * acceptance. Field.
   */
  readonly joinedPosition: number
  /** Only for a member who was asked: the position of the event that began the newest interval. */
  readonly invitedPosition: number | null
  /** Position of the event that ended the newest accepted interval; null while active. Field. */
  readonly endedPosition: number | null
  /** Server time of that event. */
  readonly endedAt: number | null
}

/**
 * View `timeline`, key `<conversationId>/<seq, 10 digits>`: one document for each message, with edits and deletion
 * folded in. Field messageId indexed; fields sender, deleted, at.
 */
export interface MessageDocument {
  readonly conversationId: string
  readonly messageId: string
  readonly seq: number
  readonly revision: number
  readonly position: number
  readonly at: number
  readonly sender: string
  readonly senderDevice: string
  readonly clientSeq: number
  readonly contentType: string | null
  readonly replyTo: { readonly messageId: string; readonly revision: number; readonly seq: number } | null
  readonly mediaIds: readonly string[]
  readonly sentAt: number | null
  /** The newest edit; its event holds the body that is shown. */
  readonly edited: { readonly messageId: string; readonly revision: number; readonly at: number } | null
  readonly deleted: 0 | 1
  readonly deletedBy: string | null
  readonly deletedAt: number | null
}

/**
 * View `reactions`, key `<conversationId>/<seq of the message, 10 digits>/<userId>`: a user's newest reaction to a
 * message. Deleting the reaction or its message deletes it.
 */
export interface ReactionDocument {
  readonly conversationId: string
  /** The seq of the message that the reaction belongs to. */
  readonly seq: number
  /** Revision of the message that the reaction belongs to; `messageId` and `revision` are the reaction's own. */
  readonly targetRevision: number
  readonly messageId: string
  readonly revision: number
  readonly at: number
  readonly userId: string
  readonly deviceId: string
  readonly contentType: string | null
}

/**
 * View `deletions`, key `<conversationId>/<revision of what was deleted, 10 digits>`, and
 * `<conversationId>/expired` with `upTo`, the revision up to which messages have expired. A log that cannot blank
 * bodies would go on serving them otherwise. `revision` is that of the event that says so. Continues in parked
 * streams.
 */
export interface DeletionDocument {
  readonly revision: number
  readonly upTo?: number
}

/**
 * View `commands`, key `<conversationId>/<userId>/<deviceId>/<clientSeq>`: the result of a numbered command other
 * than a new message, for repeats that the state has forgotten.
 */
export interface CommandDocument {
  readonly revision: number
}

/**
 * View `watermarks`, key `<conversationId>/<userId>/<deviceId>`, stream `receipts-<conversationId>`: the newest state.
 * Index [conversationId, position].
 */
export interface WatermarkDocument {
  readonly conversationId: string
  readonly userId: string
  readonly deviceId: string
  readonly delivered: number
  readonly read: number
  readonly deliveredAt: number | null
  readonly readAt: number | null
  /** What others are told: only the user's own devices hear of `read` beyond it. */
  readonly sharedRead: number
  readonly sharedReadAt: number | null
  readonly position: number
  /** The position of the newest movement that others are told of. */
  readonly sharedPosition: number
}

/**
 * View `receipts`, key `<conversationId>/<revision, 10 digits>/<index in the event>`: the history of watermarks,
 * one document for each movement. Indexes [conversationId, userId, deviceId, delivered] and the same with read.
 */
export interface ReceiptDocument {
  readonly conversationId: string
  readonly userId: string
  readonly deviceId: string
  /** Null where only the other one moved; a read beyond what had been delivered moves both. */
  readonly delivered: number | null
  readonly read: number | null
  readonly at: number
}

/** View `groups`, key `<conversationId>`: the encryption group of a conversation that has one. */
export interface GroupDocument extends StoredGroup {
  readonly conversationId: string
  /** The revision of the event that changed it last. */
  readonly revision: number
  /** The GroupInfo of the present epoch; null after a reset, until a first commit. */
  readonly groupInfo: BlobRef | null
  /** Revisions of the events since then by which a member left or was removed. */
  readonly departures: readonly number[]
}

/**
 * View `welcomes`, key `<conversationId>/<userId>/<deviceId>`: how a device that was added joins. Fields userId,
 * deviceId, indexed together.
 */
export interface WelcomeDocument {
  readonly conversationId: string
  readonly userId: string
  readonly deviceId: string
  /** The revision of the GroupCommitted that added it; an acknowledgement names it. */
  readonly revision: number
  readonly position: number
  readonly at: number
  readonly generation: number
  /** The epoch that the device is in afterwards. */
  readonly epoch: number
  readonly welcome: BlobRef
}

/**
 * View `acknowledgements`, key `<conversationId>/<userId>/<deviceId>`, stream `receipts-<conversationId>`: the last
 * Welcome that the device no longer needs.
 */
export interface AcknowledgementDocument {
  readonly revision: number
}

/**
 * View `media`, key `<conversationId>/<seq, 10 digits>/<index among the message's files, 2 digits>`: one document for each
 * file that a message names. Field mediaId, indexed.
 */
export interface MediaDocument {
  readonly conversationId: string
  readonly mediaId: string
  /** The number, revision and time of the message. */
  readonly seq: number
  readonly revision: number
  readonly at: number
  readonly index: number
}

/** View `blobs`, key `<conversationId>/<hash>`, of the newest GroupInfo `<conversationId>/group-info`. Field hash indexed. */
export interface BlobDocument {
  readonly conversationId: string
  readonly hash: string
  readonly size: number
  /** The revision of the event that names it. */
  readonly revision: number
}

/** Message numbers and revisions in keys have a fixed width, so that text order is number order. */
export const padded = (value: number): string => String(value).padStart(10, '0')
