import { hash as digest } from 'node:crypto'

/**
 * The keys of a slice, as a tree that can be cut: 256 leaves under 16 nodes under one root. A node is the hash of
 * the one above it and its place, so the root alone yields them all. Once leaves are cut, what is kept are the
 * highest nodes with no cut leaf below them, from which no cut leaf follows. (The tree of Goldreich, Goldwasser and
 * Micali, with 16 branches.)
 */
export const leavesOfTree = 256
const branches = 16

const hashSize = 32
/** Depth, place at that depth, hash. */
const nodeSize = 2 + hashSize
const leafDepth = 2

interface Node {
  readonly depth: number
  readonly place: number
  readonly hash: Uint8Array
}

const nodesOf = (tree: Uint8Array): readonly Node[] =>
  Array.from({ length: tree.length / nodeSize }, (_, index) => {
    const at = index * nodeSize
    return { depth: tree[at] ?? 0, place: tree[at + 1] ?? 0, hash: tree.subarray(at + 2, at + nodeSize) }
  })

const encoded = (nodes: readonly Node[]): Uint8Array =>
  Buffer.concat(nodes.flatMap(({ depth, place, hash }) => [Uint8Array.of(depth, place), hash]))

const label = Buffer.from('backscroll body key')

const below = (hash: Uint8Array, branch: number): Uint8Array =>
  digest('sha256', Buffer.concat([label, hash, Uint8Array.of(branch)]), 'buffer')

/** How many leaves are below a node. */
const spanOf = (depth: number): number => branches ** (leafDepth - depth)

/** A whole tree from 32 random bytes. */
export const newTree = (random: Uint8Array): Uint8Array => encoded([{ depth: 0, place: 0, hash: random }])

/** In whole trees, the node above the last requested leaf: the next message's leaf is nearly always below it too. */
const lastAbove = new WeakMap<Uint8Array, { readonly branch: number; readonly hash: Uint8Array }>()

const aboveLeaf = (tree: Uint8Array, root: Uint8Array, branch: number): Uint8Array => {
  const last = lastAbove.get(tree)
  if (last?.branch === branch) return last.hash
  const hash = below(root, branch)
  lastAbove.set(tree, { branch, hash })
  return hash
}

/** The key at a leaf; undefined when it was cut. */
export const leafOf = (tree: Uint8Array, leaf: number): Uint8Array | undefined => {
  for (let at = 0; at < tree.length; at += nodeSize) {
    const depth = tree[at] ?? 0
    if (Math.floor(leaf / spanOf(depth)) !== tree[at + 1]) continue
    const node = tree.subarray(at + 2, at + nodeSize)
    if (depth === leafDepth) return node
    const above = depth === 0 ? aboveLeaf(tree, node, Math.floor(leaf / branches)) : node
    return below(above, leaf % branches)
  }
  return undefined
}

const childrenOf = ({ depth, place, hash }: Node): readonly Node[] =>
  Array.from({ length: branches }, (_, branch) => ({
    depth: depth + 1,
    place: place * branches + branch,
    hash: below(hash, branch),
  }))

/** What is left of a node without these leaves, both inclusive. */
const cutNode = (node: Node, from: number, upTo: number): readonly Node[] => {
  const first = node.place * spanOf(node.depth)
  const last = first + spanOf(node.depth) - 1
  if (last < from || first > upTo) return [node]
  if (first >= from && last <= upTo) return []
  return childrenOf(node).flatMap((child) => cutNode(child, from, upTo))
}

/** The tree without these leaves, both inclusive: they cannot be derived from it. */
export const cut = (tree: Uint8Array, from: number, upTo: number): Uint8Array =>
  encoded(nodesOf(tree).flatMap((node) => cutNode(node, from, upTo)))
