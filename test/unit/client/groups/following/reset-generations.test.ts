import { beforeAll, describe, expect, it } from 'vitest'
import { resetRequest } from '../../../../../packages/client/src/groups/commits/group-request.ts'
import { createApplyReset } from '../../../../../packages/client/src/groups/following/apply-reset.ts'
import { type TestDevice, testDevice } from '../../../../support/e2ee/device.ts'
import { groupOfAnn, resetBy } from '../../../../support/e2ee/signed-changes.ts'

let ann: TestDevice
let bob: TestDevice
let cyd: TestDevice
beforeAll(async () => {
  ann = await testDevice('ann', '1')
  bob = await testDevice('bob', '1')
  cyd = await testDevice('cyd', '1')
})
const parts = () => ({ me: { userId: 'bob', deviceId: '1' }, engine: bob.engine })
const falseBy = (reason: string, code: string) => [
  expect.objectContaining({ code, details: expect.objectContaining({ reason }) }),
]

describe('The generation of a reset', () => {
  it('goes on from the one before: no number ends all resets to come', async () => {
    const take = createApplyReset(parts())
    const group = groupOfAnn()
    expect(await take(group, await resetBy(ann, 2 ** 40))).toEqual(falseBy('forbidden_change', 'false_reset'))
    expect([group.generation, group.resetBy]).toEqual([0, undefined])
    await take(group, await resetBy(ann, 3))
    expect([group.generation, group.resetBy]).toEqual([3, 'ann/1'])
  })

  it('is begun by nobody whom signed roles give no right to it', async () => {
    const take = createApplyReset(parts())
    const group = groupOfAnn()
    expect(await take(group, await resetBy(cyd, 1))).toEqual(falseBy('forbidden_change', 'false_reset'))
    expect(group.generation).toBe(0)
    expect(await take(group, await resetBy(bob, 1))).toHaveLength(1)
    expect(group.generation).toBe(1)
  })

  it('is signed no further than others follow, whatever the server wants', async () => {
    const group = groupOfAnn()
    group.wanted = { generation: 2 ** 40, epoch: 0, was: 0 }
    expect(await resetRequest(group, ann.device, 5)).toMatchObject({ body: { generation: 100 } })
    group.wanted = { generation: 3, epoch: 0, was: 0 }
    expect(await resetRequest(group, ann.device, 5)).toMatchObject({ body: { generation: 4 } })
  })
})
