import { describe, expect, it } from 'vitest'
import { createRenewal } from '../../../../../packages/client/src/groups/state/epoch-renewal.ts'
import { newGroup } from '../../../../../packages/client/src/groups/state/group.ts'
import { testDevice } from '../../../../support/e2ee/device.ts'
import { createGroupWorld } from '../../../../support/e2ee/world.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'

const annAlone = async () => {
  const world = createGroupWorld('conversation')
  const { who, state } = await world.start(await testDevice('ann', '1'))
  const group = newGroup('conversation')
  group.state = state
  const clock = createVirtualClock()
  let sealed = 0
  const renewal = createRenewal({ epochId: who.engine.epochId, sealed: () => sealed }, clock)
  const seal = (count: number) => {
    sealed = count
  }
  return { who, group, renewal, clock, seal }
}

describe('A sender that begins a new epoch before its readers lose it', () => {
  it('tries it now and then from half of what readers follow on, and sends nothing near the end of that', async () => {
    const { group, renewal, clock, seal } = await annAlone()
    seal(999)
    expect([renewal.isDue(group), renewal.isNeeded(group)]).toEqual([false, false])
    seal(1_000)
    expect([renewal.isDue(group), renewal.isNeeded(group)]).toEqual([true, true])
    renewal.tried(group)
    expect([renewal.isDue(group), renewal.isNeeded(group)]).toEqual([false, true])
    await clock.advance(10_000)
    expect(renewal.isDue(group)).toBe(true)
    renewal.tried(group)
    seal(1_900)
    expect(renewal.isDue(group)).toBe(true)
    seal(0)
    expect([renewal.isDue(group), renewal.isNeeded(group)]).toEqual([false, false])
  })

  it('has a reason to begin one when something cannot be opened, as long as that epoch lasts', async () => {
    const { who, group, renewal } = await annAlone()
    renewal.broken(group)
    expect([renewal.isDue(group), renewal.isNeeded(group)]).toEqual([false, true])
    if (group.state === undefined) throw new Error('No group')
    const made = await who.engine.emptyCommit(group.state)
    group.state = who.engine.acceptPending(group.state, made)
    expect(renewal.isNeeded(group)).toBe(false)
  })
})
