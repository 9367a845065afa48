import type { Actor, MessageId, UserId } from '../ids.ts'
import type { ActProof, SignedDeparture, Target } from './conversation-events.ts'
import type { Commit, GroupBeginning, GroupChange, GroupPlace, RoleChange } from './groups/group.ts'

/**
 * What a device may ask of a conversation. Every command is numbered by its device ("exactly once"):
 * `clientSeq` only grows and is never used again; `afterClientSeq` names the last of its predecessors that was not
 * finally rejected (0 at first).
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
  /** Who is asked first. */
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
/** The server's own: a group gets another owner. Devices give roles by commits. */
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

/** What the handler read about the event that `relatesTo` points to. */
export interface TargetFacts extends Target {
  readonly sender: UserId
  readonly kind: 'message' | 'reaction'
  /** For a reaction: the revision of the message that it is to, with which it goes. */
  readonly of?: number
  readonly deleted: boolean
}

export interface SendMessage extends Command<'SendMessage'> {
  readonly messageId: MessageId
  readonly contentType?: string
  readonly mediaIds?: readonly string[]
  readonly sentAt?: number
  /** An older message of the conversation has this id: what the state has forgotten, and the handler found. */
  readonly isUsed?: true
  /** From device to device; relates to nothing. */
  readonly control?: true
  /** What its ciphertext says in public; absent when it is no message to a group of this conversation [E1]. */
  readonly encrypted?: GroupPlace
  readonly relatesTo?: {
    readonly kind: 'reply' | 'edit' | 'delete' | 'reaction'
    readonly messageId: MessageId
    readonly revision: number
    /** Absent when no such message exists at that revision. */
    readonly target?: TargetFacts
  }
}

/** [E3] Changes the encryption group, and with it, where `change` says so, the roster or a role. */
export interface CommitGroup extends Command<'CommitGroup'> {
  /** That the commit ends. */
  readonly epoch: number
  /**
   * The revision up to which its maker had taken in the conversation: its GroupInfo says who the members are as of
   * then. Absent: not compared.
   */
  readonly upTo?: number
  readonly change: GroupChange
  /** Those of the users whom it adds who are asked first. */
  readonly invited?: readonly UserId[]
  readonly commit: Commit
}
/** Gives up a group that nobody can use any more. */
export interface ResetGroup extends Command<'ResetGroup'> {
  /** The generation of the group that begins. */
  readonly generation: number
  readonly proof?: ActProof
}

/** The server's own: a device was revoked. Not numbered: a repeat finds nothing left to ask. */
export interface AskDeviceRemoval {
  readonly type: 'AskDeviceRemoval'
  readonly at: number
  /** On whose behalf. */
  readonly actor: Actor
  readonly device: Actor
}

/** What somebody who was asked answers. Not numbered: a repeat finds nothing left to answer. */
interface Answer<Type extends string> {
  readonly type: Type
  readonly at: number
  readonly actor: Actor
}
export type AnswerInvitation = Answer<'AcceptInvitation'> | Answer<'DeclineInvitation'>

/**
 * The server's own: what is past its time goes. Not numbered: a repeat finds nothing left to expire. Says what was read
 * of the stream from `from` on.
 */
export interface ExpireMessages {
  readonly type: 'ExpireMessages'
  readonly at: number
  readonly from: number
  readonly upTo: number
  /** Time of the newest message from there to there; -Infinity when there is none. */
  readonly newest: number
  /** As of `MessagesExpired`. */
  readonly lastSeq: number
  readonly since: number
}

export type ConversationCommand =
  | StartGroup
  | StartDirect
  | RemoveMember
  | LeaveConversation
  | ChangeRole
  | RenameConversation
  | DescribeConversation
  | ChangeRetention
  | SendMessage
  | CommitGroup
  | ResetGroup
