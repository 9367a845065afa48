import { createHash } from 'node:crypto'
import { verifyParentHashes } from 'ts-mls/parentHash.js'
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { describe, expect, it } from 'vitest'
import { readMlsMessage } from '../../../../../packages/client/src/mls/library/mls-message.ts'
import { claimFrom, testDevice } from '../../../../support/e2ee/device.ts'
import { createGroupWorld, text, words } from '../../../../support/e2ee/world.ts'

const devices = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => testDevice(`user${n}`, '1')))

const hash = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

/** The tree in a GroupInfo. */
const treeIn = (message: Uint8Array) => {
  const { groupInfo } = readMlsMessage(message, 'mls_group_info')
  const found = groupInfo.extensions.find(({ extensionType }) => extensionType === 'ratchet_tree')
  const tree = found && decodeRatchetTree(found.extensionData, 0)?.[0]
  if (tree === undefined) throw new Error('No tree')
  return tree
}

describe('The MLS library as it is mended at install', () => {
  it('lets a device join where an inner node has fewer unmerged leaves than the root (RFC 9420, 7.9)', async () => {
    const [first, ...others] = await devices(10)
    if (first === undefined) throw new Error('No device')
    const world = createGroupWorld('mended')
    const starter = await world.start(first)
    const joined = await world.add(starter, others.slice(0, 7))
    // Leaves 3 and 7 become blank, then both halves get keys, then both leaves are taken again.
    await world.remove(starter, ['user3/1', 'user7/1'])
    await world.update(starter)
    await world.update(joined[3] ?? starter)
    await world.add(starter, others.slice(7, 8))
    await world.add(starter, others.slice(8))
    expect(await world.say(starter, 'hello')).toHaveLength(7)
  })

  it('writes the key for external joins as a vector in the GroupInfo (RFC 9420, 12.4.3.2)', async () => {
    const { engine, device } = await testDevice('ann', '1')
    const { groupInfo } = readMlsMessage(
      await engine.groupInfo(await engine.createGroup('mended', device)),
      'mls_group_info',
    )
    const external = groupInfo.extensions.find(({ extensionType }) => extensionType === 'external_pub')
    expect([external?.extensionData.length, external?.extensionData[0]]).toEqual([33, 32])
  })

  it('hashes each subtree once when it checks a tree, however many leaves are below it', async () => {
    const [first, ...others] = await devices(16)
    if (first === undefined) throw new Error('No device')
    const world = createGroupWorld('hashed')
    const starter = await world.start(first)
    for (const one of [starter, ...(await world.add(starter, others))]) await world.update(one)
    const tree = treeIn(world.groupInfo())
    let digests = 0
    const digest = async (bytes: Uint8Array) => {
      digests += 1
      return hash(bytes)
    }
    expect(await verifyParentHashes(tree, { digest, mac: digest, verifyMac: async () => false })).toBe(true)
    // One of each node, and one more of what each says of its parent.
    expect(digests).toBeLessThanOrEqual(2 * tree.length)
  }, 60_000)

  it('fills a group of a hundred devices by one commit, and its newest member is heard', async () => {
    const [first, ...others] = await devices(100)
    if (first === undefined) throw new Error('No device')
    const { engine, device } = first
    const start = await engine.createGroup('large', device)
    const packages = await Promise.all(others.map(claimFrom))
    const pending = await engine.commitAdd(
      start,
      packages.map(({ claimed }) => claimed),
    )
    const [last, own] = [others[98], packages[98]?.own]
    if (last === undefined || own === undefined || pending.welcome === undefined) throw new Error('Nobody was added')
    const { state, members } = await last.engine.join('large', pending.welcome, last.device, [own])
    expect(members).toHaveLength(100)
    const { message } = await last.engine.encrypt(state, text('hello'), text(''))
    const { plaintext, sender } = await engine.decrypt(engine.acceptPending(start, pending), message)
    expect([words(plaintext), sender.userId]).toEqual(['hello', 'user99'])
  }, 60_000)
})
