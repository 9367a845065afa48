import type { Actor, MessageId, UserId } from '../ids.ts'
import type { BlobRef, GroupLeaf, GroupPlace } from './groups/group.ts'
import type { Role } from './members/role.ts'

/**
 * What can have happened in a conversation. One stream per conversation, `conversation-<id>`.
 *
 * The message body (ciphertext) is not part of these types: it travels beside them, so that no fold can depend on it and
 * a deleted body can be blanked without changing any state.
 */
export interface Member {
  readonly userId: UserId
  readonly role: Role
}

/** Another message of the same conversation: its id, the revision of its event and its message number. */
export interface Target {
  readonly messageId: MessageId
  readonly revision: number
  readonly seq: number
}

/**
 * The device's command number. Exactly one event of each accepted command carries it: the event that the command is
 * named after, whose revision is the command's result. (A start makes ConversationStarted, which carries the
 * number, and GroupCommitted. A commit that adds members or changes a role makes MembersAdded or RoleChanged, and
 * GroupCommitted, which carries it.)
 */
interface Numbered {
  readonly clientSeq?: number
}

/**
 * Shows, by the key of a device, that the device did something; base64. Other devices check it, because they do not
 * believe the server.
 */
export interface ActProof {
  readonly credential: string
  readonly signatureKey: string
  readonly signature: string
}

/**
 * A departure, signed by the device that causes it, in this epoch of the group. Absent where the server acts by
 * itself.
 */
export interface SignedDeparture extends GroupPlace {
  readonly proof: ActProof
}

interface Kind<Type extends string, Data> {
  readonly type: Type
  /** Server time of the decision, milliseconds since the Unix epoch. */
  readonly at: number
  readonly actor: Actor
  readonly data: Data & Numbered
}

/**
 * The members who have not agreed yet. They are listed, and their devices are encrypted to, but nothing reaches
 * them until they accept. Absent when there are none.
 */
type Invited = readonly UserId[]

type Nothing = Readonly<Record<never, never>>

export type ConversationStarted = Kind<
  'ConversationStarted',
  {
    readonly kind: 'direct' | 'group'
    /** Sealed by the client, base64 [E6]. */
    readonly name?: string
    readonly description?: string
    readonly members: readonly Member[]
    readonly invited?: Invited
  }
>
/** `lastSeq`: the newest message number at that time (0 if none), so that a fold knows which messages a member sees. */
export type MembersAdded = Kind<
  'MembersAdded',
  { readonly members: readonly Member[]; readonly lastSeq: number; readonly invited?: Invited }
>
/**
 * From now on the member counts like any other, and gets everything since the invitation. The server makes it for
 * the member, so it carries no number.
 */
export type InvitationAccepted = Kind<'InvitationAccepted', { readonly userId: UserId }>
interface Departure {
  readonly userId: UserId
  readonly lastSeq: number
  readonly signed?: SignedDeparture
}
export type MemberRemoved = Kind<'MemberRemoved', Departure>
export type MemberLeft = Kind<'MemberLeft', Departure>
/** The commit after it says the same. Without a commit the server made it by itself. */
export type RoleChanged = Kind<'RoleChanged', { readonly userId: UserId; readonly role: Role }>
export type ConversationRenamed = Kind<'ConversationRenamed', { readonly name: string }>
export type ConversationDescribed = Kind<'ConversationDescribed', { readonly description: string }>
/** Whose new messages, replies and edits are accepted. */
export type Posting = 'everyone' | 'admins'
export type PostingChanged = Kind<'PostingChanged', { readonly posting: Posting }>
/**
 * Messages older than `seconds` are no longer served, and expire soon after. Null keeps for ever whatever has not
 * expired by then.
 */
export type RetentionChanged = Kind<'RetentionChanged', { readonly seconds: number | null }>

/** A new message: the only event that takes a `seq`, its ordinal in the conversation, from 1. Has a body. */
export type MessageSent = Kind<
  'MessageSent',
  {
    readonly messageId: MessageId
    readonly seq: number
    readonly contentType?: string
    readonly replyTo?: Target
    readonly mediaIds?: readonly string[]
    /** The sender's clock, for display only. */
    readonly sentAt?: number
  }
>
/** Has a body: the whole new ciphertext of the target. */
export type MessageEdited = Kind<
  'MessageEdited',
  {
    readonly messageId: MessageId
    readonly target: Target
    readonly contentType?: string
    readonly mediaIds?: readonly string[]
    readonly sentAt?: number
  }
>
/** Blanks the bodies of the target and of everything that refers to it. */
export type MessageDeleted = Kind<'MessageDeleted', { readonly messageId: MessageId; readonly target: Target }>
/** Has a body: the encrypted reaction. A user's newer reaction to the same message replaces the older one. */
export type MessageReacted = Kind<
  'MessageReacted',
  { readonly messageId: MessageId; readonly target: Target; readonly contentType?: string; readonly sentAt?: number }
>

/**
 * What members' devices tell each other, such as keys. Has a body. Takes no `seq`: no history shows it, and nobody
 * counts it.
 */
export type ControlSent = Kind<'ControlSent', { readonly messageId: MessageId; readonly sentAt?: number }>

/**
 * The encryption group enters a new epoch: this commit won it. A small commit is the body; a larger one is the blob
 * `commit`. There is neither when the group begins with its creator's device alone. The roster does not follow from
 * this event: the event before it names whom the commit adds.
 */
export type GroupCommitted = Kind<
  'GroupCommitted',
  {
    readonly generation: number
    /** The epoch that begins. */
    readonly epoch: number
    /** The committer joined from outside, by the GroupInfo. */
    readonly external: boolean
    readonly added: readonly GroupLeaf[]
    readonly removed: readonly GroupLeaf[]
    readonly commit: BlobRef | null
    readonly welcome: BlobRef | null
    readonly groupInfo: BlobRef
  }
>
/**
 * A device must leave the group. Until that is committed nobody can send. The server makes it, so it carries no
 * number.
 */
export type DeviceRemovalAsked = Kind<'DeviceRemovalAsked', Actor>
/** The group is given up and begins anew: the first commit makes the group of `generation`. */
export type GroupReset = Kind<'GroupReset', { readonly generation: number; readonly proof?: ActProof }>

/**
 * All messages, edits and reactions up to revision `upTo` have expired for ever, with everything that refers to
 * them; their bodies are blanked. The range begins after the one before. The server makes it on behalf of whoever
 * set the retention, so it carries no number.
 */
export type MessagesExpired = Kind<
  'MessagesExpired',
  {
    readonly from: number
    readonly upTo: number
    /** Number of the newest message from `from` to `upTo`; 0 if there is none. */
    readonly lastSeq: number
    /** No remaining message is older: the time to look again follows from it. */
    readonly since: number
  }
>
/** An admin has closed the group, and nobody can write there any more. Members are not told which admin it was. */
export type ConversationClosed = Kind<'ConversationClosed', Nothing>
/**
 * An owner has deleted the group: everybody is out, and all messages expire soon. Names the members, so that a fold of
 * one member's documents finds them.
 */
export type ConversationDeleted = Kind<
  'ConversationDeleted',
  {
    readonly members: readonly UserId[]
    readonly invited?: Invited
    readonly lastSeq: number
    readonly signed?: SignedDeparture
  }
>
/** Events that the server makes by itself: no device's command is named after them. */
export type ServerEvent = DeviceRemovalAsked | MessagesExpired | InvitationAccepted | ConversationClosed
/** Events that follow from an answer to an invitation. */
export type AnswerEvent = InvitationAccepted | MemberLeft

export type ConversationEvent =
  | ConversationStarted
  | MembersAdded
  | InvitationAccepted
  | MemberRemoved
  | MemberLeft
  | RoleChanged
  | ConversationRenamed
  | ConversationDescribed
  | RetentionChanged
  | PostingChanged
  | MessageSent
  | MessageEdited
  | MessageDeleted
  | MessageReacted
  | ControlSent
  | GroupCommitted
  | DeviceRemovalAsked
  | GroupReset
  | MessagesExpired
  | ConversationClosed
  | ConversationDeleted

export type ConversationEventType = ConversationEvent['type']
