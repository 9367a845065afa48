import { beforeAll, describe, expect, it } from 'vitest'
import { createApplyDeparture } from '../../../../../packages/client/src/groups/following/apply-departure.ts'
import { unknownRoles } from '../../../../../packages/client/src/mls/members/member-roles.ts'
import { type TestDevice, testDevice } from '../../../../support/e2ee/device.ts'
import { departureBy, groupOfAnn } from '../../../../support/e2ee/signed-changes.ts'
import { createGroupWorld } from '../../../../support/e2ee/world.ts'

let ann: TestDevice
let bob: TestDevice
beforeAll(async () => {
  ann = await testDevice('ann', '1')
  bob = await testDevice('bob', '1')
})
const here = { generation: 0, epoch: 1 }
const refusedAs = (reason: string) => [
  expect.objectContaining({ code: 'false_change', details: expect.objectContaining({ reason }) }),
]

/** Bob's device follows the group that ann owns, at epoch 1; bob is an admin. */
const follower = async () => {
  const group = groupOfAnn()
  const world = createGroupWorld(group.conversationId)
  const [b] = await world.add(await world.start(ann), [bob])
  group.state = b?.state
  const take = createApplyDeparture({ me: { userId: 'bob', deviceId: '1' }, engine: bob.engine })
  return { group, take }
}

describe('A deleted group', () => {
  it('is over for a device that has checked the signature of an owner: its keys are dropped', async () => {
    const { group, take } = await follower()
    const { state } = group
    expect(await take(group, await departureBy(ann, 'ann', 'deleted', here))).toEqual([])
    expect([group.standing, group.state, group.roster.size, group.left]).toEqual(['out', undefined, 0, [state]])
  })

  it('is not over by the word of an admin, or of anybody where the roles are not known', async () => {
    const { group, take } = await follower()
    expect(await take(group, await departureBy(bob, 'bob', 'deleted', here))).toEqual(refusedAs('role'))
    group.roles = unknownRoles
    expect(await take(group, await departureBy(ann, 'ann', 'deleted', here))).toEqual(refusedAs('role'))
    expect([group.standing, group.roster.size]).toEqual(['in', 4])
  })

  it('is not over by what an owner has signed for another change, or another epoch', async () => {
    const { group, take } = await follower()
    const leaving = await departureBy(ann, 'ann', 'left', here)
    const data = { ...leaving.data, members: ['ann', 'bob', 'cyd', 'dan'] }
    expect(await take(group, { ...leaving, type: 'ConversationDeleted', data })).toEqual([
      expect.objectContaining({
        code: 'false_change',
        details: expect.objectContaining({ code: 'unauthorised_device' }),
      }),
    ])
    const old = await departureBy(ann, 'ann', 'deleted', { generation: 0, epoch: 0 })
    expect(await take(group, old)).toEqual(refusedAs('replayed'))
    expect([group.standing, group.roster.size]).toEqual(['in', 4])
  })

  it('is, by the word of the server alone, one that no longer serves this user: keys and members stay', async () => {
    const { group, take } = await follower()
    const { data, ...event } = await departureBy(ann, 'ann', 'deleted', here)
    const told = await take(group, { ...event, data: { members: data.members, clientSeq: 5 } })
    expect(told).toMatchObject([{ type: 'trust', notice: { type: 'unsigned_change', userId: 'bob' } }])
    expect([group.standing, group.roster.size, group.state === undefined]).toEqual(['cut_off', 4, false])
  })
})
