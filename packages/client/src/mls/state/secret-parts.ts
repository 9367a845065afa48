import type { SecretTree, SecretTreeNode } from 'ts-mls'
import { encode } from 'ts-mls/codec/tlsEncoder.js'
import { decodeSecretTree, secretTreeEncoder } from 'ts-mls/secretTree.js'
import { decodePart, type StateParts } from './part-decoder.ts'

const encodeSecretTree = encode(secretTreeEncoder)

/** Leaves in one part: a message changes one of them. */
const leavesPerPart = 32

const leavesOf = (tree: SecretTree): readonly SecretTreeNode[] => tree.filter((_node, index) => index % 2 === 0)

const slice = (leaves: readonly SecretTreeNode[], part: number): SecretTreeNode[] =>
  leaves.slice(part * leavesPerPart, (part + 1) * leavesPerPart)

const sameNodes = (one: readonly SecretTreeNode[], other: readonly SecretTreeNode[]): boolean =>
  one.length === other.length && one.every((node, at) => node === other[at])

/**
 * The ratchets of the leaves, in parts `secrets/<n>`; those of inner nodes are never used, and not stored. Only
 * parts that changed.
 */
export function* encodeSecrets(
  now: SecretTree | undefined,
  before: SecretTree | undefined,
): Generator<[string, Uint8Array | undefined]> {
  if (now === before) return
  const [leaves, old] = [leavesOf(now ?? []), leavesOf(before ?? [])]
  const parts = Math.ceil(Math.max(leaves.length, old.length) / leavesPerPart)
  for (let part = 0; part < parts; part += 1) {
    const nodes = slice(leaves, part)
    if (sameNodes(nodes, slice(old, part))) continue
    yield [`secrets/${part}`, nodes.length === 0 ? undefined : encodeSecretTree(nodes)]
  }
}

const empty = { secret: new Uint8Array(), generation: 0, unusedGenerations: {} }
const innerNode: SecretTreeNode = { handshake: empty, application: empty }

export const decodeSecrets = (parts: StateParts, prefix: string): SecretTree => {
  const leaves: SecretTreeNode[] = []
  for (let part = 0; parts.has(`${prefix}secrets/${part}`); part += 1)
    leaves.push(...decodePart(parts, `${prefix}secrets/${part}`, decodeSecretTree))
  return leaves.flatMap((leaf, at) => (at === 0 ? [leaf] : [innerNode, leaf]))
}
