import { describe, expect, it } from 'vitest'
import { eventually } from '../../../support/client/client-world.ts'
import { type OpenedDevice, openDevice } from '../../../support/client/open-device.ts'
import { useClientWorld } from '../../../support/client/use-client-world.ts'

describe('The owner of a group', () => {
  const world = useClientWorld()
  const open = (...users: string[]) => Promise.all(users.map((user) => openDevice(world, user)))
  /** As devices have signed it. */
  const rolesIn = ({ log }: OpenedDevice, id: string) => {
    const told = log.findLast((event) => event.type === 'members' && event.conversationId === id)
    return told?.type === 'members' ? told.members.map(({ userId, role }) => `${userId} ${role}`).sort() : []
  }
  const shows = (device: OpenedDevice, id: string, expected: readonly string[]) =>
    eventually(() => rolesIn(device, id).join() === expected.join(), `${device.user} is told: ${expected.join()}`)

  it('hands it over by leaving: to the oldest admin, to a named member, and at the end to nobody', async () => {
    const [ann, bob, cat, dan] = await open('ann', 'bob', 'cat', 'dan')
    if (ann === undefined || bob === undefined || cat === undefined || dan === undefined) throw new Error('four people')
    const { conversationId: id, done } = ann.client.createGroup({ members: ['bob', 'cat', 'dan'] })
    await done
    await ann.client.setRole(id, 'cat', 'admin')
    await ann.client.leave(id)
    for (const device of [bob, cat, dan]) await shows(device, id, ['bob member', 'cat owner', 'dan member'])
    await cat.client.leave(id, { successor: 'dan' })
    for (const device of [bob, dan]) await shows(device, id, ['bob member', 'dan owner'])
    await dan.client.handOver(id, 'bob')
    for (const device of [bob, dan]) await shows(device, id, ['bob owner', 'dan admin'])
    await dan.client.leave(id)
    expect(await bob.client.leave(id)).toMatchObject({ conversationId: id, duplicate: false })
  })
})
