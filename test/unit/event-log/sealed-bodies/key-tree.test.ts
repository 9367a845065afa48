import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cut, leafOf, leavesOfTree, newTree } from '../../../../src/event-log/sealed-bodies/key-tree.ts'

const textOf = (leaf: Uint8Array | undefined): string | undefined => leaf && Buffer.from(leaf).toString('hex')
const allLeaves = (tree: Uint8Array): (string | undefined)[] =>
  Array.from({ length: leavesOfTree }, (_, leaf) => textOf(leafOf(tree, leaf)))

const ranges = fc.array(
  fc
    .tuple(fc.nat(leavesOfTree - 1), fc.nat(40))
    .map(([from, more]) => [from, Math.min(leavesOfTree - 1, from + more)] as const),
  { maxLength: 12 },
)

describe('the tree of keys', () => {
  it('has another key at each leaf, and the same ones for the same random bytes', () => {
    const random = randomBytes(32)
    const leaves = allLeaves(newTree(random))
    expect(new Set(leaves).size).toBe(leavesOfTree)
    expect(leaves).not.toContain(undefined)
    expect(allLeaves(newTree(random))).toEqual(leaves)
    expect(allLeaves(newTree(randomBytes(32)))[0]).not.toBe(leaves[0])
  })

  it('has the keys that earlier versions made of the same random bytes, in whatever order they are asked for', () => {
    const known: readonly (readonly [number, string])[] = [
      [0, 'cba984ca394826a14bf21e7ddf8631ef0578c6e6b27fadf4ef604237167237ae'],
      [5, 'bcfd79cd50586c1efad575a7430ad3b11248e3d7b094c5134903ba8fb2e68665'],
      [21, 'bc28a58b33a34bbab5f66270b93409ca261fc8882c1e533b519352c299edca30'],
      [255, '8f145e7dfe40decce3e99993af04c25e3a61bf25fb544ec4e389a7ecb8fe9df8'],
    ]
    const tree = newTree(Buffer.alloc(32, 7))
    for (const [leaf, key] of [...known, ...known.toReversed(), ...known]) expect(textOf(leafOf(tree, leaf))).toBe(key)
  })

  it('loses the leaves that are cut, for good, and no other, in whatever order they are cut', () => {
    const property = fc.property(ranges, (cuts) => {
      const whole = newTree(randomBytes(32))
      const before = allLeaves(whole)
      const left = cuts.reduce((tree, [from, upTo]) => cut(tree, from, upTo), whole)
      const isCut = (leaf: number) => cuts.some(([from, upTo]) => from <= leaf && leaf <= upTo)
      expect(allLeaves(left)).toEqual(before.map((key, leaf) => (isCut(leaf) ? undefined : key)))
      expect(cuts.toReversed().reduce((tree, [from, upTo]) => cut(tree, from, upTo), whole)).toEqual(left)
      expect(cuts.reduce((tree, [from, upTo]) => cut(tree, from, upTo), left)).toEqual(left)
    })
    fc.assert(property)
  })

  it('keeps nothing that a cut leaf follows from: not the leaf, not its node, not the root', () => {
    const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')
    /** The node above a leaf: what is left when everything else is cut. */
    const nodeAbove = (tree: Uint8Array, leaf: number) => {
      const start = leaf - (leaf % 16)
      const from = start === 0 ? tree : cut(tree, 0, start - 1)
      return (start === 240 ? from : cut(from, start + 16, leavesOfTree - 1)).subarray(2)
    }
    const property = fc.property(ranges, (cuts) => {
      const whole = newTree(randomBytes(32))
      const left = hex(cuts.reduce((tree, [from, upTo]) => cut(tree, from, upTo), whole))
      for (const [from, upTo] of cuts)
        for (let leaf = from; leaf <= upTo; leaf += 1)
          for (const secret of [leafOf(whole, leaf), nodeAbove(whole, leaf), whole.subarray(2)])
            expect(left).not.toContain(hex(secret))
    })
    fc.assert(property)
  })

  it('stays small: 34 bytes whole, nothing when all is cut, and 9 KB at worst', () => {
    const whole = newTree(randomBytes(32))
    expect(whole.length).toBe(34)
    expect(cut(whole, 0, leavesOfTree - 1).length).toBe(0)
    const everySecond = Array.from({ length: 128 }, (_, index) => index * 2)
    const worst = everySecond.reduce((tree, leaf) => cut(tree, leaf, leaf), whole)
    expect(worst.length).toBeLessThan(9 * 1024)
  })
})
