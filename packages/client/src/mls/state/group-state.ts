import type { ClientState, LeafNode } from 'ts-mls'
import { toBase64 } from '../../encoding/base64.ts'
import { fromUtf8 } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { readCredential } from '../../trust/credential-check.ts'

/**
 * A group as one device sees it at one moment: a value; every operation makes a new one. Its content is opaque to
 * callers.
 */
export interface GroupState {
  readonly mls: ClientState
}

/** A device in a group. */
export interface Member {
  readonly leaf: number
  readonly userId: string
  readonly deviceId: string
  /** Base64. */
  readonly identityKey: string
}

/** As it is in the tree. */
export interface TreeMember extends Member {
  /** Base64. */
  readonly signatureKey: string
}

export const toMember = (leaf: number, { credential, signaturePublicKey }: LeafNode): TreeMember => {
  const { userId, deviceId, identityKey } = readCredential(credential)
  return { leaf, userId, deviceId, identityKey, signatureKey: toBase64(signaturePublicKey) }
}

export type Tree = ClientState['ratchetTree']

/** In a tree's array the leaves have the even indexes. */
export const leafAt = (tree: Tree, leaf: number): LeafNode | undefined => {
  const node = tree[leaf * 2]
  return node?.nodeType === 'leaf' ? node.leaf : undefined
}

export const memberAt = (tree: Tree, leaf: number): Member => {
  const node = leafAt(tree, leaf)
  if (node === undefined) throw new E2eeError('forbidden_commit', { leaf })
  return toMember(leaf, node)
}

/** Read once for each tree: a tree never changes, and the leaves are needed before every message. */
const read = new WeakMap<Tree, readonly TreeMember[]>()

export const membersOf = (tree: Tree): readonly TreeMember[] => {
  const known = read.get(tree)
  if (known !== undefined) return known
  const members = tree.flatMap((node, index) => (node?.nodeType === 'leaf' ? [toMember(index / 2, node.leaf)] : []))
  read.set(tree, members)
  return members
}

export const epochOf = ({ mls }: GroupState): number => Number(mls.groupContext.epoch)

/** The confirmation tag: no other epoch has it. */
export const epochIdOf = ({ mls }: GroupState): string => toBase64(mls.confirmationTag)

/**
 * The next generation of this device's own ratchet. Others follow it only a limited number of steps beyond the last
 * message that they received.
 */
export const sealedIn = ({ mls }: GroupState): number =>
  mls.secretTree[mls.privatePath.leafIndex * 2]?.application.generation ?? 0

export const groupIdOf = ({ mls }: GroupState): string => fromUtf8(mls.groupContext.groupId)

/** This device was removed: the state opens only what was sent before. */
export const isRemoved = ({ mls }: GroupState): boolean => mls.groupActiveState.kind === 'removedFromGroup'

/** Throws `removed`. */
export const requireMember = (state: GroupState): void => {
  if (isRemoved(state)) throw new E2eeError('removed')
}
