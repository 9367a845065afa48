import type { Actor, MessageId, UserId } from '../ids.ts'
import type { ActProof, Posting, SignedDeparture, Target } from './conversation-events.ts'
import type { Commit, GroupBeginning, GroupChange, GroupPlace, RoleChange } from './groups/group.ts'

/**
 * What a device may ask of a conversation. Its device numbers every command ("exactly once"): `clientSeq` only
 * grows and is never reused; `afterClientSeq` names its last predecessor that was not finally rejected (0 at
 * first).
 */
interface Command<Type extends string> {
  readonly type: Type
  readonly actor: Actor
  /** Server time, milliseconds since the Unix epoch. */
  readonly at: number
  readonly clientSeq: number
  readonly afterClientSeq: number
}

export interface StartGroup extends Command<'StartGroup'> {
  readonly name?: string
  readonly description?: string
  /** Without the actor, who becomes the owner. */
  readonly members: readonly UserId[]
  /** The members who are asked first. */
  readonly invited?: readonly UserId[]
  readonly group?: GroupBeginning
}
/** Opens the direct conversation of the actor and `peer` (who may be the actor: notes to self). */
export interface StartDirect extends Command<'StartDirect'> {
  readonly peer: UserId
  readonly invited?: readonly UserId[]
  readonly group?: GroupBeginning
}
export interface RemoveMember extends Command<'RemoveMember'> {
  readonly userId: UserId
  readonly signed?: SignedDeparture
}
export interface LeaveConversation extends Command<'LeaveConversation'> {
  readonly signed?: SignedDeparture
}
/** For owners: everybody is out, and nothing can be written any more. */
export interface DeleteConversation extends Command<'DeleteConversation'> {
  readonly signed?: SignedDeparture
}
/** Issued by the server: a group gets another owner. Devices change roles by commits. */
export interface ChangeRole extends Command<'ChangeRole'>, RoleChange {}
export interface RenameConversation extends Command<'RenameConversation'> {
  readonly name: string
}
export interface DescribeConversation extends Command<'DescribeConversation'> {
  readonly description: string
}
export interface ChangeRetention extends Command<'ChangeRetention'> {
  readonly seconds: number | null
}

export interface ChangePosting extends Command<'ChangePosting'> {
  readonly posting: Posting
}

/** What the handler read about the event that `relatesTo` names. */
export interface TargetFacts extends Target {
  readonly sender: UserId
  readonly kind: 'message' | 'reaction'
  /** For a reaction: the revision of the message that it belongs to; both are deleted together. */
  readonly of?: number
  readonly deleted: boolean
}

export interface SendMessage extends Command<'SendMessage'> {
  readonly messageId: MessageId
  readonly contentType?: string
  readonly mediaIds?: readonly string[]
  readonly sentAt?: number
  /** The handler found that the actor may not use one of `mediaIds`. */
  readonly namesUnknownMedia?: true
  /** An older message of the conversation has this id. The state has forgotten it; the handler found it. */
  readonly isUsed?: true
  /** From device to device; relates to nothing. */
  readonly control?: true
  /** The public part of the ciphertext; absent when it is not a message to a group of this conversation [E1]. */
  readonly encrypted?: GroupPlace
  readonly relatesTo?: {
    readonly kind: 'reply' | 'edit' | 'delete' | 'reaction'
    readonly messageId: MessageId
    readonly revision: number
    /** Absent when no such message exists at that revision. */
    readonly target?: TargetFacts
  }
}

/** [E3] Changes the encryption group and, if `change` says so, the roster or a role. */
export interface CommitGroup extends Command<'CommitGroup'> {
  /** The epoch that the commit ends. */
  readonly epoch: number
  /**
   * The revision up to which the committer knew the conversation: the GroupInfo lists the members as of then.
   * Absent: not compared.
   */
  readonly upTo?: number
  readonly change: GroupChange
  /** The users among the added ones who are asked first. */
  readonly invited?: readonly UserId[]
  readonly commit: Commit
}
/** Gives up a group that nobody can use any more. */
export interface ResetGroup extends Command<'ResetGroup'> {
  /** The generation of the group that begins. */
  readonly generation: number
  readonly proof?: ActProof
}

/** Issued by the server: a device was revoked. It has no number, because a repeat finds nothing left to do. */
export interface AskDeviceRemoval {
  readonly type: 'AskDeviceRemoval'
  readonly at: number
  /** The user and device on whose behalf the server acts. */
  readonly actor: Actor
  readonly device: Actor
}

/** The answer of a user who was asked. It has no number, because a repeat finds nothing left to answer. */
interface Answer<Type extends string> {
  readonly type: Type
  readonly at: number
  readonly actor: Actor
}
export type AnswerInvitation = Answer<'AcceptInvitation'> | Answer<'DeclineInvitation'>

/**
 * Issued by the server: messages past their retention expire. It has no number, because a repeat finds nothing left
 * to expire. States what was read of the stream from `from` on.
 */
export interface ExpireMessages {
  readonly type: 'ExpireMessages'
  readonly at: number
  readonly from: number
  readonly upTo: number
  /** Time of the newest message in that range; -Infinity when there is none. */
  readonly newest: number
  /** As in `MessagesExpired`. */
  readonly lastSeq: number
  readonly since: number
}

/** Issued by the server, for an admin. It has no number, because a repeat finds it closed. */
export interface CloseConversation {
  readonly type: 'CloseConversation'
  readonly at: number
}

export type ConversationCommand =
  | StartGroup
  | StartDirect
  | RemoveMember
  | LeaveConversation
  | DeleteConversation
  | ChangeRole
  | RenameConversation
  | DescribeConversation
  | ChangeRetention
  | ChangePosting
  | SendMessage
  | CommitGroup
  | ResetGroup
