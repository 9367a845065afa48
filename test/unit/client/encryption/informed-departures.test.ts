import { expect, it } from 'vitest'
import { createStatementAwareEngine } from '../../../../packages/client/src/encryption/statement-aware-engine.ts'
import { E2eeError } from '../../../../packages/client/src/errors/e2ee-error.ts'
import { createApplyDeparture } from '../../../../packages/client/src/groups/following/apply-departure.ts'
import { testDevice } from '../../../support/e2ee/device.ts'
import { departureBy, groupOfAnn } from '../../../support/e2ee/signed-changes.ts'

it('a departure is signed by a device that counts since a moment ago: what its user has said is asked for first', async () => {
  const [ann, bob] = await Promise.all([testDevice('ann', '1'), testDevice('bob', '1')])
  let hasHeard = false
  const checkDevice: typeof bob.engine.checkDevice = (...request) => {
    if (!hasHeard) throw new E2eeError('identity_changed', { userId: 'ann' })
    return bob.engine.checkDevice(...request)
  }
  const informed = async <Value>(step: () => Promise<Value>): Promise<Value> => {
    try {
      return await step()
    } catch {
      hasHeard = true
      return step()
    }
  }
  const engine = createStatementAwareEngine({ ...bob.engine, checkDevice }, { informed }, { areFit: () => true })
  const take = createApplyDeparture({ me: { userId: 'bob', deviceId: '1' }, engine })
  const group = groupOfAnn()
  expect(await take(group, await departureBy(ann, 'dan', 'removed'))).toEqual([])
  expect(group.roster.has('dan')).toBe(false)
})
