import { asciiText, type ByteReader, createByteReader, readEpoch } from './byte-reader.ts'
import { type KeyPackage, readKeyPackage } from './key-package.ts'
import { type LeafNode, readLeafNode } from './leaf-node.ts'
import { contentTypes, readHead, wireFormats } from './wire-format.ts'

/** The public part of a commit: everything that it does to the tree, provided that it holds no references. */
export interface PublicCommit {
  readonly groupId: string
  /** The epoch that it ends; the next one begins. */
  readonly epoch: number
  /** The committer's leaf, or a device that joins from outside. */
  readonly sender: number | 'external'
  /** The data that the committer authenticates with it. */
  readonly authenticatedData: Uint8Array
  /** In their order, which is the order of the new leaves. */
  readonly adds: readonly KeyPackage[]
  /** Leaf indexes. */
  readonly removes: readonly number[]
  readonly externalInit: boolean
  /**
   * Proposals that this server does not accept: updates, pre-shared keys, reinits, group context extensions,
   * anything by reference.
   */
  readonly others: number
  /** The committer's new leaf; undefined without an update path. */
  readonly path: LeafNode | undefined
}

const maxProposals = 4096

interface Proposals {
  readonly adds: KeyPackage[]
  readonly removes: number[]
  externalInit: boolean
  others: number
}

const byValue = 1
const types = { add: 1, remove: 3, externalInit: 6 } as const

/** An unknown proposal ends the reading: its length is unknown, and the commit is refused anyway. */
const readProposal = (reader: ByteReader, found: Proposals): boolean => {
  const type = reader.u8() === byValue ? reader.u16() : 0
  switch (type) {
    case types.add:
      found.adds.push(readKeyPackage(reader))
      return true
    case types.remove:
      found.removes.push(reader.u32())
      return true
    case types.externalInit:
      reader.vector()
      found.externalInit = true
      return true
    default:
      found.others += 1
      return false
  }
}

const readProposals = (reader: ByteReader): Proposals => {
  const found: Proposals = { adds: [], removes: [], externalInit: false, others: 0 }
  const list = reader.nested()
  for (let left = maxProposals; !list.atEnd; left -= 1) {
    if (left === 0) list.fail()
    if (!readProposal(list, found)) break
  }
  return found
}

const readPath = (reader: ByteReader): LeafNode | undefined => {
  const present = reader.u8()
  if (present > 1) reader.fail()
  if (present !== 1) return undefined
  const leaf = readLeafNode(reader)
  reader.vector()
  return leaf
}

const member = 1
const newMemberCommit = 4

const readSender = (reader: ByteReader): number | 'external' => {
  const type = reader.u8()
  if (type === member) return reader.u32()
  if (type !== newMemberCommit) reader.fail()
  return 'external'
}

/** Signature and confirmation tag; a member's commit also has the membership tag, which only members can make. */
const skipAuthentication = (reader: ByteReader, sender: number | 'external'): void => {
  for (let left = sender === 'external' ? 2 : 3; left > 0; left -= 1) reader.vector()
}

/** An MLSMessage that holds a PublicMessage with a commit (RFC 9420, 6.2 and 12.4); undefined for anything else. */
export const parsePublicCommit = (bytes: Uint8Array): PublicCommit | undefined => {
  const reader = createByteReader(bytes)
  readHead(reader, wireFormats.publicMessage)
  const groupId = asciiText(reader.vector())
  const epoch = readEpoch(reader)
  const sender = readSender(reader)
  const authenticatedData = reader.vector()
  if (reader.u8() !== contentTypes.commit) reader.fail()
  const proposals = readProposals(reader)
  const path = readPath(reader)
  skipAuthentication(reader, sender)
  if (reader.failed || !reader.atEnd || groupId === undefined) return undefined
  return { groupId, epoch, sender, authenticatedData, ...proposals, path }
}
