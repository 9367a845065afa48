import type { Actor, UserId } from '../../ids.ts'
import type { Role } from '../members/role.ts'

/**
 * The encryption group of a conversation as far as the server knows it: from the public part of commits. The roster
 * says whom the server serves; the group says which devices can read. The group follows the roster by commits [E5].
 */
export interface Group {
  /** Counts resets; its MLS group id is the conversation's id, from generation 1 on followed by `/<generation>`. */
  readonly generation: number
  readonly epoch: number
  /** Messages of the epoch before are still accepted, because no member was removed since. */
  readonly previousUsable: boolean
  /** `deviceKey` by leaf index. Empty after a reset, until a first commit. */
  readonly leaves: ReadonlyMap<number, string>
  /** `deviceKey` of each device that is in the tree and must leave it. */
  readonly pendingRemovals: ReadonlySet<string>
}

/** Bytes in the blob store: their SHA-256 in lower-case hex, and their number. */
export interface BlobRef {
  readonly hash: string
  readonly size: number
}

export interface GroupLeaf extends Actor {
  readonly leaf: number
}

/** A group of this conversation, and an epoch of it. */
export interface GroupPlace {
  readonly generation: number
  readonly epoch: number
}

/** Which user gets which role. */
export interface RoleChange {
  readonly userId: UserId
  readonly role: Role
}

/** The public part of a commit, with group and devices translated into the conversation's terms. */
export interface CommitFacts extends GroupPlace {
  readonly sender: number | 'external'
  /** The users whom the committer adds, according to the authenticated data. */
  readonly addUsers: readonly string[]
  /** The role that the committer gives, according to the authenticated data. */
  readonly role?: { readonly userId: string; readonly role: Role } | undefined
  /** In the order of their leaves. */
  readonly adds: readonly Actor[]
  readonly removes: readonly number[]
  readonly externalInit: boolean
  /** Number of proposals of kinds that are not accepted. */
  readonly others: number
  /** The device whose leaf the update path renews; undefined without a path. */
  readonly path: Actor | undefined
}

/** A commit with what belongs to it, parsed and stored. */
export interface Commit {
  /** Null when a group begins with its creator's device alone, at epoch 0. */
  readonly facts: CommitFacts | null
  /** The group info of the epoch that the commit begins; undefined when it is not a GroupInfo of this conversation. */
  readonly groupInfo: GroupPlace | undefined
  /** How many devices the Welcome is addressed to; 0 without one. */
  readonly welcomed: number
  readonly refs: { readonly commit: BlobRef | null; readonly welcome: BlobRef | null; readonly groupInfo: BlobRef }
}

/** What a commit is declared to change; the server compares. */
export interface GroupChange {
  /** Users who become members. */
  readonly addUsers: readonly UserId[]
  /** Devices of members, present or new. */
  readonly addDevices: readonly Actor[]
  readonly removeDevices: readonly Actor[]
  /** The user who gets another role; the commit changes nothing else then. */
  readonly role?: RoleChange | undefined
}

/** The group that a new conversation begins with. */
export interface GroupBeginning {
  readonly addDevices: readonly Actor[]
  readonly commit: Commit
}

/** Devices in one group. */
export const deviceLimit = 1024
