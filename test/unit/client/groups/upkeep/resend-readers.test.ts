import { beforeEach, describe, expect, it } from 'vitest'
import { createReaders } from '../../../../../packages/client/src/groups/members/tree-readers.ts'
import type { Group } from '../../../../../packages/client/src/groups/state/group.ts'
import { createAddressed } from '../../../../../packages/client/src/groups/upkeep/resend-readers.ts'
import type { Pin, Pins } from '../../../../../packages/client/src/trust/identity-pins.ts'
import { type TestDevice, testDevice } from '../../../../support/e2ee/device.ts'
import { groupOfAnn } from '../../../../support/e2ee/signed-changes.ts'
import { createGroupWorld } from '../../../../support/e2ee/world.ts'

const at = (epoch: number, generation = 0) => ({ generation, epoch })

/** Ann follows: bob's phone came in epoch 1, cyd's in 2, bob's laptop in 3, cyd's in 4. */
const scene = async () => {
  const group = groupOfAnn()
  const world = createGroupWorld(group.conversationId)
  const ann = await testDevice('ann', '1')
  const [bob, cyd] = await Promise.all(['bob', 'cyd'].map((user) => testDevice(user, '1')))
  if (bob === undefined || cyd === undefined) throw new Error('Both are needed')
  const laptopOf = ({ device, identity }: TestDevice) => testDevice(device.credential.userId, '2', identity)
  const inside = await world.start(ann)
  const follow = async (step: Promise<unknown>) => {
    await step
    group.state = inside.state
  }
  group.state = inside.state
  await follow(world.add(inside, [bob]))
  await follow(world.add(inside, [cyd]))
  await follow(laptopOf(bob).then(world.rejoin))
  await follow(laptopOf(cyd).then(world.rejoin))
  return { group, ann, bob, world, inside, follow }
}

describe('The devices that a message was for, by what its sender has followed', () => {
  let [found, pins]: [Awaited<ReturnType<typeof scene>> | undefined, Pins] = [undefined, new Map()]
  const the = () => {
    if (found === undefined) throw new Error('Nothing was made')
    return found
  }
  beforeEach(async () => {
    found = await scene()
    pins = found.ann.pins()
  })
  const addressed = (name: string, epoch: number, group: Group = the().group) =>
    createAddressed(createReaders(() => pins))(group, name, at(epoch))

  it('are the devices that were in the group, and later ones of users who were', () => {
    expect([1, 2, 3].map((epoch) => addressed('bob/1', epoch))).toEqual(['was_there', 'was_there', 'was_there'])
    expect([1, 2, 3].map((epoch) => addressed('bob/2', epoch))).toEqual(['came_later', 'came_later', 'was_there'])
    expect([2, 4].map((epoch) => addressed('cyd/2', epoch))).toEqual(['came_later', 'was_there'])
  })

  it('is no user who came later, and nobody who is not in the group', () => {
    expect(['bob/1', 'bob/2', 'cyd/1', 'cyd/2'].map((name) => addressed(name, 0))).toEqual(Array(4).fill(undefined))
    expect(['cyd/1', 'cyd/2'].map((name) => addressed(name, 1))).toEqual(Array(2).fill(undefined))
    expect(['bob/3', 'dan/1'].map((name) => addressed(name, 4))).toEqual(Array(2).fill(undefined))
  })

  it('is no device that has to leave, whose user is no member, or that was revoked or swapped', () => {
    const { group } = the()
    group.leaving = new Set(['bob/2'])
    expect([addressed('bob/2', 1), addressed('bob/1', 1)]).toEqual([undefined, 'was_there'])
    group.leaving = new Set(['bob/1'])
    expect([addressed('bob/2', 1), addressed('bob/1', 1)]).toEqual([undefined, undefined])
    group.leaving = new Set()
    const pinOf = (user: string): Pin => {
      const pin = pins.get(user)
      if (pin === undefined) throw new Error(`${user} is not known`)
      return pin
    }
    const before = pins
    pins = new Map(pins).set('bob', { ...pinOf('bob'), keys: [{ deviceId: '2', signatureKey: 'another' }] })
    expect([addressed('bob/2', 1), addressed('bob/1', 1)]).toEqual([undefined, 'was_there'])
    pins = new Map(before).set('bob', { ...pinOf('bob'), identityKey: 'another' })
    expect([addressed('bob/2', 1), addressed('bob/1', 1)]).toEqual([undefined, undefined])
    pins = before
    expect(addressed('bob/2', 1)).toBe('came_later')
    group.roster = new Map([...group.roster].filter(([user]) => user !== 'bob'))
    expect([addressed('bob/2', 1), addressed('bob/1', 1)]).toEqual([undefined, undefined])
  })

  it('is no later device once the one that could read it is gone, also when that one is let in again', async () => {
    const { world, inside, follow, bob } = the()
    await follow(world.remove(inside, ['bob/1']))
    expect([addressed('bob/2', 1), addressed('bob/2', 3)]).toEqual([undefined, 'was_there'])
    await follow(world.rejoin(bob))
    expect([addressed('bob/2', 1), addressed('bob/1', 1)]).toEqual([undefined, undefined])
  })
})
