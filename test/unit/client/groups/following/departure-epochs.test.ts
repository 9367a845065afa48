import { beforeAll, describe, expect, it } from 'vitest'
import { createApplyDeparture } from '../../../../../packages/client/src/groups/following/apply-departure.ts'
import { createSendChecks } from '../../../../../packages/client/src/groups/sending/send-checks.ts'
import { newGroup } from '../../../../../packages/client/src/groups/state/group.ts'
import { signingEpoch } from '../../../../../packages/client/src/groups/state/signing-epoch.ts'
import { type TestDevice, testDevice } from '../../../../support/e2ee/device.ts'
import { departureBy, groupOfAnn } from '../../../../support/e2ee/signed-changes.ts'
import { createGroupWorld } from '../../../../support/e2ee/world.ts'

let ann: TestDevice
let bob: TestDevice
beforeAll(async () => {
  ann = await testDevice('ann', '1')
  bob = await testDevice('bob', '1')
})
const at = (epoch: number, generation = 0) => ({ generation, epoch })
const refusedAs = (reason: string) => [
  expect.objectContaining({ code: 'false_change', details: expect.objectContaining({ reason }) }),
]

/** Bob's device follows the group, at epoch 1. */
const follower = async () => {
  const group = groupOfAnn()
  const world = createGroupWorld(group.conversationId)
  const [b] = await world.add(await world.start(ann), [bob])
  group.state = b?.state
  const take = createApplyDeparture({ me: { userId: 'bob', deviceId: '1' }, engine: bob.engine })
  return { group, take }
}
/** It knows the members, and has no state of the group since epoch 3. */
const outsider = async () => {
  const { group, take } = await follower()
  group.state = undefined
  group.highest = at(3)
  return { group, take }
}

describe('A departure that is signed for another epoch', () => {
  it('is not taken by a device that follows the group, be it before or after its own', async () => {
    const { group, take } = await follower()
    for (const [place, reason] of [
      [at(0), 'replayed'],
      [at(2), 'ahead'],
      [at(2 ** 40), 'ahead'],
      [at(0, 1), 'ahead'],
    ] as const) {
      expect(await take(group, await departureBy(ann, 'ann', 'left', place))).toEqual(refusedAs(reason))
      expect(await take(group, await departureBy(bob, 'bob', 'left', place))).toEqual(refusedAs(reason))
      expect([group.roster.has('ann'), group.standing]).toEqual([true, 'in'])
    }
    expect(await take(group, await departureBy(ann, 'ann', 'left', at(1)))).toEqual([])
    expect(group.roster.has('ann')).toBe(false)
  })

  it('is left to the chain of commits by a device that has lost the group, also by the word of the server', async () => {
    for (const lost of [{ stranded: 'missing' }, { standing: 'cut_off' }] as const) {
      const { group, take } = await follower()
      Object.assign(group, lost)
      expect(await take(group, await departureBy(bob, 'bob', 'left', at(7)))).toEqual([])
      expect(await take(group, await departureBy(ann, 'ann', 'left', at(7)))).toEqual([])
      expect([group.roster.has('ann'), group.standing]).not.toContain('out')
      expect(group.roster.has('ann')).toBe(true)
      expect(await take(group, await departureBy(ann, 'ann', 'left', at(1)))).toEqual([])
      expect(group.roster.has('ann')).toBe(false)
    }
  })

  it('is nothing for a device that knows nobody yet: it is told the members when it comes in', async () => {
    const { take } = await follower()
    const group = newGroup(groupOfAnn().conversationId)
    expect(await take(group, await departureBy(bob, 'bob', 'left', at(1)))).toEqual([])
    expect(await take(group, await departureBy(ann, 'bob', 'removed', at(1)))).toEqual([])
    expect(group.standing).toBe('in')
  })

  it('is taken by a device without a state where the group may be by now, and no further', async () => {
    const { group, take } = await outsider()
    for (const place of [at(104), at(101, 1), at(0, 101)])
      expect(await take(group, await departureBy(ann, 'ann', 'left', place))).toEqual(refusedAs('ahead'))
    expect(group.roster.has('ann')).toBe(true)
    expect(await take(group, await departureBy(ann, 'ann', 'left', at(103)))).toEqual([])
    expect(group.roster.has('ann')).toBe(false)
  })
})

describe('The place for which a device signs that its user leaves', () => {
  it('is its own in the group, and outside what the server names within reach', async () => {
    const { group } = await follower()
    group.wanted = { ...at(50), was: 1 }
    expect(signingEpoch(bob.engine, group)).toEqual(at(1))
    const { group: outside } = await outsider()
    outside.wanted = { ...at(103), was: -1 }
    expect(signingEpoch(bob.engine, outside)).toMatchObject(at(103))
    outside.wanted = { ...at(2 ** 40), was: -1 }
    expect(signingEpoch(bob.engine, outside)).toEqual(at(3))
  })

  it('is also what the server names where no commit leads on from its state: it would sign in vain for ever', async () => {
    const { group } = await follower()
    Object.assign(group, { stranded: 'missing', highest: at(1) })
    group.wanted = { ...at(2), was: 1 }
    expect(signingEpoch(bob.engine, group)).toMatchObject(at(2))
    group.wanted = { ...at(2 ** 40), was: 1 }
    expect(signingEpoch(bob.engine, group)).toEqual(at(1))
  })

  it('is out of reach until the device has come in, where the server names a distant one', async () => {
    const { maySign } = createSendChecks({
      ...{ me: { userId: 'bob', deviceId: '1' }, engine: bob.engine, enter: { isIn: () => false } },
      ...{ renewal: { isDue: () => false }, readers: { areFit: () => true } },
      absentMembers: { isReadable: () => true, due: () => [] },
    })
    const { group } = await outsider()
    expect(maySign(group, 'left')).toBe(true)
    group.wanted = { ...at(2 ** 40), was: -1 }
    expect([maySign(group, 'left'), maySign(group, 'removed')]).toEqual([false, false])
  })
})
