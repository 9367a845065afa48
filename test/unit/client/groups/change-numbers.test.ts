import { beforeAll, describe, expect, it } from 'vitest'
import { roleOf } from '../../../../src/client/e2ee/roles.ts'
import { numberFor } from '../../../../src/client/groups/change-number.ts'
import { memberRequest, resetRequest } from '../../../../src/client/groups/group-request.ts'
import { createTakeMemberChange } from '../../../../src/client/groups/take-member-change.ts'
import { createTakeReset } from '../../../../src/client/groups/take-reset.ts'
import * as server from '../../../../src/domain/conversation/membership.ts'
import { mostLeftOut } from '../../../../src/protocol/member-change.ts'
import { type TestDevice, testDevice } from '../../../support/e2ee-device.ts'
import { groupOfAnn, resetBy, roleBy } from '../../../support/signed-changes.ts'

let ann: TestDevice
let bob: TestDevice
let cyd: TestDevice
beforeAll(async () => {
  ann = await testDevice('ann', '1')
  bob = await testDevice('bob', '1')
  cyd = await testDevice('cyd', '1')
})
const parts = () => ({ me: { userId: 'bob', deviceId: '1' }, engine: bob.engine })
const here = { generation: 0, epoch: 0 }
const falseBy = (reason: string, code = 'false_change') => [
  expect.objectContaining({ code, details: expect.objectContaining({ reason }) }),
]

describe('The number of a change of a role', () => {
  it('leaves out no more for devices than it may for the server', async () => {
    const take = createTakeMemberChange(parts())
    expect(mostLeftOut).toBe(server.mostLeftOut)
    const group = groupOfAnn()
    const tooHigh = await roleBy(ann, 'cyd', 'admin', mostLeftOut + 1)
    expect(await take(group, tooHigh)).toEqual(falseBy('number'))
    expect([group.roles.changes, group.numbered]).toEqual([0, 0])
    expect(await take(group, await roleBy(ann, 'cyd', 'admin', mostLeftOut))).toEqual([])
    expect([group.roles.changes, roleOf(group.roles, 'cyd')]).toEqual([mostLeftOut, 'admin'])
  })

  it('is not used up for others by a member without the right', async () => {
    const take = createTakeMemberChange(parts())
    const group = groupOfAnn()
    for (const number of [mostLeftOut, mostLeftOut / 2, 3])
      expect(await take(group, await roleBy(cyd, 'cyd', 'owner', number))).toEqual(falseBy('role'))
    expect(group.roles.changes).toBe(0)
    expect(numberFor(group, here, 7)).toBe(mostLeftOut / 2 + 1)
  })

  it('is passed over where the server has taken it from who has no right', async () => {
    const group = groupOfAnn()
    expect(numberFor(group, here, 7)).toBe(1)
    await createTakeMemberChange(parts())(group, await roleBy(cyd, 'cyd', 'owner', 1))
    expect(numberFor(group, here, 7)).toBe(2)
  })

  it('is the same however often the command goes out, until the group or a role has changed', async () => {
    const group = groupOfAnn()
    const change = { type: 'role', userId: 'cyd', role: 'admin' } as const
    const numberOf = async (clientSeq: number, place = here) =>
      (await memberRequest(group, bob.device, place, change, clientSeq)).body.number
    expect([await numberOf(7), await numberOf(7), await numberOf(8), await numberOf(7)]).toEqual([1, 1, 2, 1])
    expect(await numberOf(7, { generation: 0, epoch: 1 })).toBe(3)
    await createTakeMemberChange(parts())(group, await roleBy(ann, 'dan', 'admin', 5))
    expect([await numberOf(7), await numberOf(7)]).toEqual([6, 6])
  })
})

describe('The generation of a reset', () => {
  it('goes on from the one before: no number ends all resets to come', async () => {
    const take = createTakeReset(parts())
    const group = groupOfAnn()
    expect(await take(group, await resetBy(ann, 2 ** 40))).toEqual(falseBy('forbidden_change', 'false_reset'))
    expect([group.generation, group.resetBy]).toEqual([0, undefined])
    await take(group, await resetBy(ann, 3))
    expect([group.generation, group.resetBy]).toEqual([3, 'ann/1'])
  })

  it('is begun by nobody whom signed roles give no right to it', async () => {
    const take = createTakeReset(parts())
    const group = groupOfAnn()
    expect(await take(group, await resetBy(cyd, 1))).toEqual(falseBy('forbidden_change', 'false_reset'))
    expect(group.generation).toBe(0)
    expect(await take(group, await resetBy(bob, 1))).toHaveLength(1)
    expect(group.generation).toBe(1)
  })

  it('is signed no further than others follow, whatever the server wants', async () => {
    const group = groupOfAnn()
    group.wanted = { generation: 2 ** 40, epoch: 0, was: 0 }
    expect((await resetRequest(group, ann.device, 5)).body.generation).toBe(100)
    group.wanted = { generation: 3, epoch: 0, was: 0 }
    expect((await resetRequest(group, ann.device, 5)).body.generation).toBe(4)
  })
})
