import type { Actor, UserId } from '../../ids.ts'
import type { Role } from '../members/role.ts'

/**
 * The encryption group of a conversation as the server knows it: by what commits say in public. The roster says whom the server
 * serves, the group says which devices can read; it follows the roster by commits [E5].
 */
export interface Group {
  /** Counts resets; its MLS group id is the conversation's id, from generation 1 on followed by `/<generation>`. */
  readonly generation: number
  readonly epoch: number
  /** Messages of the epoch before are still taken: nobody was removed since. */
  readonly previousUsable: boolean
  /** `deviceKey` by leaf index. Empty after a reset, until a first commit. */
  readonly leaves: ReadonlyMap<number, string>
  /** `deviceKey` of devices that are in the tree and must leave it. */
  readonly pendingRemovals: ReadonlySet<string>
}

/** Bytes in the blob store: their SHA-256 in lower-case hex, and how many there are. */
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

/** Who gets which role. */
export interface RoleChange {
  readonly userId: UserId
  readonly role: Role
}

/** What a commit says in public, its group and its devices already named in the terms of the conversation. */
export interface CommitFacts extends GroupPlace {
  readonly sender: number | 'external'
  /** Whom its committer lets in, by what is authenticated with it. */
  readonly addUsers: readonly string[]
  /** Whom it gives another role, likewise. */
  readonly role?: { readonly userId: string; readonly role: Role } | undefined
  /** In the order of their leaves. */
  readonly adds: readonly Actor[]
  readonly removes: readonly number[]
  readonly externalInit: boolean
  /** Number of proposals that are not taken. */
  readonly others: number
  /** Whose leaf the update path renews; undefined without a path. */
  readonly path: Actor | undefined
}

/** A commit with what belongs to it, parsed and stored. */
export interface Commit {
  /** Null when a group begins with its maker's device alone, at epoch 0. */
  readonly facts: CommitFacts | null
  /** The group info of the epoch that the commit begins; undefined when it is not a GroupInfo of this conversation. */
  readonly groupInfo: GroupPlace | undefined
  /** Devices that the Welcome is addressed to; 0 without one. */
  readonly welcomed: number
  readonly refs: { readonly commit: BlobRef | null; readonly welcome: BlobRef | null; readonly groupInfo: BlobRef }
}

/** What a commit is declared to change; the server compares. */
export interface GroupChange {
  /** Who becomes a member. */
  readonly addUsers: readonly UserId[]
  /** Devices of members, present or new. */
  readonly addDevices: readonly Actor[]
  readonly removeDevices: readonly Actor[]
  /** Who gets another role; then nothing else changes. */
  readonly role?: RoleChange | undefined
}

/** The group that a new conversation begins with. */
export interface GroupBeginning {
  readonly addDevices: readonly Actor[]
  readonly commit: Commit
}

/** Devices in one group. */
export const deviceLimit = 1024
