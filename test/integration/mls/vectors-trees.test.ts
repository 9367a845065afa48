import { type CiphersuiteImpl, encodeMlsMessage } from 'ts-mls'
import { validateRatchetTree } from 'ts-mls/clientState.js'
import { encodeCommit } from 'ts-mls/commit.js'
import { applyUpdatePathSecret } from 'ts-mls/createCommit.js'
import type { GroupContext } from 'ts-mls/groupContext.js'
import { protectApplicationData, unprotectPrivateMessage } from 'ts-mls/messageProtection.js'
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js'
import { getCommitSecret } from 'ts-mls/pathSecrets.js'
import { mergePrivateKeyPaths, toPrivateKeyPath } from 'ts-mls/privateKeyPath.js'
import { decodeProposal, encodeProposal } from 'ts-mls/proposal.js'
import {
  addLeafNode,
  decodeRatchetTree,
  encodeRatchetTree,
  type RatchetTree,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from 'ts-mls/ratchetTree.js'
import { createSecretTree } from 'ts-mls/secretTree.js'
import { treeHash, treeHashRoot } from 'ts-mls/treeHash.js'
import { leafToNodeIndex, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js'
import { applyUpdatePath, decodeUpdatePath } from 'ts-mls/updatePath.js'
import { expect, it } from 'vitest'
import { mlsConfig } from '../../../packages/client/src/mls/library/mls-config.ts'
import { readMlsMessage } from '../../../packages/client/src/mls/library/mls-message.ts'
import { suiteName } from '../../../packages/client/src/mls/library/mls-suite.ts'
import { describeVectors } from '../../support/mls/use-vectors.ts'
import { decodeAll, fromHex, toHex } from '../../support/mls/vectors.ts'

interface TreeOperation {
  readonly tree_before: string
  readonly proposal: string
  readonly proposal_sender: number
  readonly tree_after: string
}

interface TreeValidation {
  readonly tree: string
  readonly group_id: string
  readonly tree_hashes: readonly string[]
  readonly resolutions: readonly (readonly number[])[]
}

interface TreeKem {
  readonly group_id: string
  readonly epoch: number
  readonly confirmed_transcript_hash: string
  readonly ratchet_tree: string
  readonly leaves_private: readonly {
    readonly index: number
    readonly encryption_priv: string
    readonly path_secrets: readonly { readonly node: number; readonly path_secret: string }[]
  }[]
  readonly update_paths: readonly {
    readonly sender: number
    readonly update_path: string
    /** What each leaf gets out of it; null for the sender and for blank leaves. */
    readonly path_secrets: readonly (string | null)[]
    readonly commit_secret: string
    readonly tree_hash_after: string
  }[]
}

type ProtectionFields =
  | 'group_id'
  | 'tree_hash'
  | 'confirmed_transcript_hash'
  | 'signature_priv'
  | 'signature_pub'
  | 'encryption_secret'
  | 'sender_data_secret'
  | 'membership_key'
  | 'proposal'
  | 'proposal_priv'
  | 'proposal_pub'
  | 'commit'
  | 'commit_priv'
  | 'commit_pub'
  | 'application'
  | 'application_priv'
type Protection = { readonly [field in ProtectionFields]: string } & { readonly epoch: number }

const anybody = { validateCredential: async () => true }

const contextOf = (
  vector: { readonly group_id: string; readonly epoch?: number; readonly confirmed_transcript_hash?: string },
  treeHashOf: Uint8Array,
): GroupContext => ({
  version: 'mls10',
  cipherSuite: suiteName,
  groupId: fromHex(vector.group_id),
  epoch: BigInt(vector.epoch ?? 0),
  treeHash: treeHashOf,
  confirmedTranscriptHash: fromHex(vector.confirmed_transcript_hash ?? ''),
  extensions: [],
})

const changed = (tree: RatchetTree, { proposal, proposal_sender }: TreeOperation): RatchetTree => {
  const read = decodeAll(decodeProposal, proposal)
  if ('add' in read && read.proposalType === 'add') return addLeafNode(tree, read.add.keyPackage.leafNode)[0]
  if ('update' in read && read.proposalType === 'update')
    return updateLeafNode(tree, read.update.leafNode, toLeafIndex(proposal_sender))
  if ('remove' in read && read.proposalType === 'remove') return removeLeafNode(tree, toLeafIndex(read.remove.removed))
  throw new Error('Another proposal')
}

type Content = Awaited<ReturnType<typeof unprotectPrivateMessage>>['content']['content']

const contentHex = (content: Content): string => {
  if (content.contentType === 'application') return toHex(content.applicationData)
  return toHex(content.contentType === 'commit' ? encodeCommit(content.commit) : encodeProposal(content.proposal))
}

/** The group of a vector: two members, the second of whom sent. */
const protectionOf = async (vector: Protection, cs: CiphersuiteImpl) => {
  const context = contextOf(vector, fromHex(vector.tree_hash))
  const publicKey = fromHex(vector.signature_pub)
  const tree = () => createSecretTree(2, fromHex(vector.encryption_secret), cs.kdf)
  const { keyRetentionConfig } = mlsConfig(anybody)
  const unprotect = async (bytes: Uint8Array): Promise<string> => {
    const { privateMessage: message } = readMlsMessage(bytes, 'mls_private_message')
    const secret = fromHex(vector.sender_data_secret)
    const opened = unprotectPrivateMessage(
      secret,
      message,
      await tree(),
      [],
      context,
      keyRetentionConfig,
      cs,
      publicKey,
    )
    return contentHex((await opened).content.content)
  }
  return { context, publicKey, tree, unprotect }
}

describeVectors('trees and protected messages', ({ read, cs }) => {
  it('tree-operations: a tree after an add, an update, a removal', async () => {
    for (const operation of await read<TreeOperation>('tree-operations')) {
      const tree = changed(decodeAll(decodeRatchetTree, operation.tree_before), operation)
      expect(toHex(encodeRatchetTree(tree))).toBe(operation.tree_after)
    }
  })

  it('tree-validation: hashes and resolutions of all nodes, and each tree is good', async () => {
    for (const { tree: hex, group_id, tree_hashes, resolutions } of await read<TreeValidation>('tree-validation')) {
      const tree = decodeAll(decodeRatchetTree, hex)
      const nodes = tree_hashes.map((_, node) => toNodeIndex(node))
      expect(nodes.map((node) => resolution(tree, node))).toEqual(resolutions)
      const hashes = await Promise.all(nodes.map(async (node) => toHex(await treeHash(tree, node, cs.hash))))
      expect(hashes).toEqual(tree_hashes)
      const hash = await treeHashRoot(tree, cs.hash)
      const { lifetimeConfig } = mlsConfig(anybody)
      const fault = await validateRatchetTree(tree, contextOf({ group_id }, hash), lifetimeConfig, anybody, hash, cs)
      expect(fault).toBeUndefined()
    }
  })

  it('treekem: every member gets the same secret out of an update path', async () => {
    for (const vector of await read<TreeKem>('treekem')) {
      const before = decodeAll(decodeRatchetTree, vector.ratchet_tree)
      for (const { sender, update_path, path_secrets, commit_secret, tree_hash_after } of vector.update_paths) {
        const path = decodeAll(decodeUpdatePath, update_path)
        const tree = await applyUpdatePath(before, toLeafIndex(sender), path, cs.hash)
        const hash = await treeHashRoot(tree, cs.hash)
        expect(toHex(hash)).toBe(tree_hash_after)
        const context = contextOf(vector, hash)
        for (const leaf of vector.leaves_private) {
          if (leaf.index === sender) continue
          const known = Object.fromEntries(leaf.path_secrets.map((one) => [one.node, fromHex(one.path_secret)]))
          const own = { [leafToNodeIndex(toLeafIndex(leaf.index))]: fromHex(leaf.encryption_priv) }
          const keys = await toPrivateKeyPath(known, leaf.index, cs)
          const all = mergePrivateKeyPaths(keys, { leafIndex: leaf.index, privateKeys: own })
          const got = await applyUpdatePathSecret(tree, all, toLeafIndex(sender), context, path, [], cs)
          expect(toHex(got.pathSecret)).toBe(path_secrets[leaf.index])
          const secret = await getCommitSecret(tree, toNodeIndex(got.nodeIndex), got.pathSecret, cs.kdf)
          expect(toHex(secret)).toBe(commit_secret)
        }
      }
    }
  })

  it('message-protection: opens what others protected, public and private', async () => {
    for (const vector of await read<Protection>('message-protection')) {
      const { context, publicKey, unprotect } = await protectionOf(vector, cs)
      for (const [hex, kind] of [
        [vector.proposal_pub, 'proposal'],
        [vector.commit_pub, 'commit'],
      ] as const) {
        const { publicMessage } = readMlsMessage(fromHex(hex), 'mls_public_message')
        const { content } = await unprotectPublicMessage(
          fromHex(vector.membership_key),
          context,
          [],
          publicMessage,
          cs,
          publicKey,
        )
        expect(contentHex(content)).toBe(vector[kind])
      }
      expect(await unprotect(fromHex(vector.proposal_priv))).toBe(vector.proposal)
      expect(await unprotect(fromHex(vector.commit_priv))).toBe(vector.commit)
      expect(await unprotect(fromHex(vector.application_priv))).toBe(vector.application)
    }
  })

  it('message-protection: what is protected here opens again', async () => {
    for (const vector of await read<Protection>('message-protection')) {
      const { context, tree, unprotect } = await protectionOf(vector, cs)
      const { paddingConfig } = mlsConfig(anybody)
      const [key, secret] = [fromHex(vector.signature_priv), fromHex(vector.sender_data_secret)]
      const [text, bound] = [fromHex(vector.application), new Uint8Array()]
      const made = await protectApplicationData(key, secret, text, bound, context, await tree(), 1, paddingConfig, cs)
      const { privateMessage } = made
      const message = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage })
      expect(await unprotect(message)).toBe(vector.application)
    }
  })
})
