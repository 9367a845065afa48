import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKeyPair, type KeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import { parseGroupInfo } from '../../../src/domain/mls/group-info.ts'
import { parsePrivateMessageHeader } from '../../../src/domain/mls/private-message-header.ts'
import { parsePublicCommit } from '../../../src/domain/mls/public-message-commit.ts'
import { parseWelcome } from '../../../src/domain/mls/welcome.ts'
import { testDevice } from '../../support/e2ee/device.ts'
import { type MlsMember, sdkMember } from '../../support/mls/member.ts'
import { createMixedGroup, type MixedGroup } from '../../support/mls/mixed-group.ts'
import { peerMember } from '../../support/mls/peer-member.ts'
import { type MlsPeer, mlsPeerIsMissing, startMlsPeer } from '../../support/mls/peer-process.ts'
import { keyPackageVerdict } from '../../support/mls/server-check.ts'

const missing = await mlsPeerIsMissing()
const title = `The SDK's MLS and mls-rs in one group${missing === undefined ? '' : ` (skipped: ${missing})`}`

const groupId = '018f0000-0000-7000-8000-000000000001'
let peer: MlsPeer

type Make = (userId: string, deviceId?: string, identity?: KeyPair) => Promise<MlsMember>
const sdk: Make = async (userId, deviceId = '1', identity) => sdkMember(await testDevice(userId, deviceId, identity))
const rust: Make = (userId, deviceId = '1', identity) => peerMember(peer, userId, deviceId, identity)

/** The side that begins, and the implementation of the other side. */
const pairs = [
  ['the SDK', sdk, rust],
  ['mls-rs', rust, sdk],
] as const

/** A device of each: the second is added by the first. */
const groupOfTwo = async (begin: Make, follow: Make) => {
  const [ann, ben] = [await begin('ann'), await follow('ben')]
  const group = await createMixedGroup(groupId, ann)
  await group.add(ann, [ben])
  return { group, ann, ben }
}

/** One bit of each `step`th byte is another. */
const flipped = (bytes: Uint8Array, step: number): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) => {
    const changed = bytes.slice()
    const at = index * step
    changed[at] = (changed[at] ?? 0) ^ (1 << (index % 8))
    return changed
  })

const fails = async (attempt: Promise<unknown>): Promise<boolean> => {
  try {
    await attempt
    return false
  } catch {
    return true
  }
}

const names = ['ann', 'ben', 'cleo', 'dave', 'eve', 'finn', 'gus', 'hana']
const actions = ['add', 'add', 'add', 'remove', 'update', 'race', 'say', 'return'] as const
const step = fc.record({ action: fc.constantFrom(...actions), who: fc.nat(7), whom: fc.nat(7), much: fc.nat(2) })
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const walk = async (group: MixedGroup, devices: readonly MlsMember[], { action, who, whom, much }: Step) => {
  const present = [...group.inside.values()]
  const away = devices.filter(({ name }) => !group.inside.has(name))
  const [by, other] = [present[who % present.length], present[whom % present.length]]
  if (by === undefined || other === undefined) return
  if (action === 'add' && away.length > 0) return group.add(by, away.slice(0, 1 + much))
  if (action === 'update') return group.update(by)
  if (action === 'say') return group.say(by, [2, 0, 1])
  if (by === other) return
  if (action === 'remove' && present.length > 2) return group.remove(by, [other])
  if (action === 'race') return group.race(by, other)
  if (action === 'return') return group.joinFromOutside(by, other)
}

describe.skipIf(missing !== undefined)(title, () => {
  beforeAll(() => {
    peer = startMlsPeer()
  })
  afterAll(() => peer?.stop())

  describe.each(pairs)('begun by %s', (_name, begin, follow) => {
    it('reads what the other says, in any order', async () => {
      const { group, ann, ben } = await groupOfTwo(begin, follow)
      for (const by of [ann, ben]) {
        await group.say(by)
        await group.say(by, [3, 0, 4, 2, 1])
      }
    })

    it('adds, updates and removes through epochs, whichever side commits, and keeps the same secrets', async () => {
      const { group, ann, ben } = await groupOfTwo(begin, follow)
      const [cleo, dave, eve] = [await begin('cleo'), await follow('dave'), await begin('eve')]
      await group.add(ben, [cleo, dave])
      await group.update(ann)
      await group.update(dave)
      await group.remove(dave, [ben, cleo])
      await group.add(ann, [eve])
      await group.race(eve, dave)
      await group.remove(ann, [dave])
      for (const by of group.inside.values()) await group.say(by)
      expect([...group.inside.keys()]).toEqual(['ann/1', 'eve/1'])
    })

    it('lets a device back in from outside in place of its old leaf, and a second device of a member beside it', async () => {
      const identity = await createKeyPair()
      const [ann, ben, second] = [
        await begin('ann'),
        await follow('ben', '1', identity),
        await begin('ben', '2', identity),
      ]
      const group = await createMixedGroup(groupId, ann)
      await group.add(ann, [ben])
      await group.joinFromOutside(ben, ann)
      await group.joinFromOutside(ann, ben)
      await group.joinFromOutside(second, ben)
      for (const by of group.inside.values()) await group.say(by)
      for (const by of group.inside.values()) await group.update(by)
    })

    it('reads what was sent before a commit and comes after it', async () => {
      const { group, ann, ben } = await groupOfTwo(begin, follow)
      const late = await Promise.all([ann.encrypt('late', 'from ann'), ben.encrypt('late', 'from ben')])
      await group.update(ann)
      expect(await ben.decrypt(late[0])).toBe('0: late, from ann')
      expect(await ann.decrypt(late[1])).toBe('1: late, from ben')
    })
  })

  it('keeps one group through a random walk of devices that add, remove, update, race and come back from outside', async () => {
    const makers = [sdk, rust]
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30, size: 'max' }), async (steps) => {
        const devices = await Promise.all(names.map((name, index) => (makers[index % 2] ?? sdk)(name)))
        const [first, second] = devices
        if (first === undefined || second === undefined) throw new Error('No devices')
        const group = await createMixedGroup(groupId, first)
        await group.add(first, [second])
        for (const each of steps) await walk(group, devices, each)
        for (const by of group.inside.values()) await group.say(by)
      }),
      { seed: 9420, numRuns: 5, endOnFailure: true },
    )
  }, 300_000)

  describe('A bit of what mls-rs made is flipped, and', () => {
    it('the server takes no such key package', async () => {
      const ann = await rust('ann')
      const good = await ann.keyPackage()
      expect(keyPackageVerdict(ann, good)).toBe('good')
      for (const bad of flipped(good, 1)) expect(keyPackageVerdict(ann, bad)).not.toBe('good')
    })

    it('no member takes such a commit, welcome, group info or message, if the server did', async () => {
      const { ann, ben, cleo } = { ann: await rust('ann'), ben: await sdk('ben'), cleo: await sdk('cleo') }
      const group = await createMixedGroup(groupId, ann)
      await group.add(ann, [ben])
      const message = await ann.encrypt('text', 'bound')
      const groupInfo = await ann.groupInfo()
      const { commit, welcome = new Uint8Array() } = await ann.add([await cleo.keyPackage()])
      const attempts: [
        Uint8Array,
        (bytes: Uint8Array) => object | undefined,
        (bytes: Uint8Array) => Promise<unknown>,
      ][] = [
        [message, parsePrivateMessageHeader, ben.decrypt],
        [commit, parsePublicCommit, ben.process],
        [welcome, parseWelcome, (bytes) => cleo.join(groupId, bytes)],
        [groupInfo, parseGroupInfo, (bytes) => ben.joinFromOutside(groupId, bytes, 1)],
      ]
      for (const [good, parse, take] of attempts) {
        for (const bad of flipped(good, 5)) expect(parse(bad) === undefined || (await fails(take(bad)))).toBe(true)
        expect(parse(good)).toBeDefined()
        await take(good)
      }
    })
  })
})
