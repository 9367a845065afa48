import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../../../../packages/client/src/api/client-api.ts'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { textsIn } from '../../../support/client/client-log.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventsOfType,
  eventually,
  openClientWorld,
} from '../../../support/client/client-world.ts'
import { type OpenedDevice, openDevice } from '../../../support/client/open-device.ts'

const ofType = ({ log }: OpenedDevice, type: string) =>
  conversationEvents(log).flatMap(({ event }) => (event.type === type ? [event] : []))
/** The users whom each commit took out of the group. */
const removals = (person: OpenedDevice) =>
  eventsOfType(person.log, 'GroupCommitted').flatMap(({ data: { removed = [] } }) => {
    return removed.length === 0 ? [] : [removed.map(({ userId, deviceId }) => `${userId}/${deviceId}`).join()]
  })
const texts = ({ log }: OpenedDevice) => textsIn(log)

describe('[E5] removals that wait are carried out although nobody sends', () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const open = (user: string, device = 'one', options: Partial<ClientOptions> = {}) =>
    openDevice(world, user, options, device)
  /** All of them, and a second device of the first, in one group. */
  const grouped = async (names: readonly string[], options: Partial<ClientOptions> = {}) => {
    const [first, ...others] = await Promise.all(names.map((name) => open(name, 'one', options)))
    if (first === undefined) throw new Error('nobody is there')
    const tablet = await open(names[0] ?? '', 'tablet', options)
    const { conversationId: id, done } = first.client.createGroup({ members: names.slice(1) })
    await done
    await first.client.send(id, { text: 'hello' })
    const all = [first, ...others]
    await eventually(() => [...all, tablet].every((one) => texts(one).length === 1), 'the first message')
    return { id, first, others, all, tablet }
  }
  const expectHealthy = async (id: string, people: readonly OpenedDevice[]) => {
    for (const [index, { client }] of people.entries()) await client.send(id, { text: `after ${index}` })
    const count = people.length + 1
    await eventually(() => people.every((one) => texts(one).length === count), 'what everybody says afterwards')
    for (const { log } of people)
      expect(log.filter(({ type }) => type === 'warning' || type === 'failed' || type === 'gap')).toEqual([])
  }

  it('of a revoked device, by one of those who are there', async () => {
    const { id, first, all, tablet } = await grouped(['ann', 'bob', 'cyd'])
    await first.client.revokeDevice('tablet')
    await eventually(() => all.every((one) => removals(one).length === 1), 'the removal')
    expect(all.map(removals)).toEqual([['ann/tablet'], ['ann/tablet'], ['ann/tablet']])
    expect(tablet.client.state().name).toBe('stopped')
    await expectHealthy(id, all)
    expect(texts(tablet)).toEqual(['hello'])
  })

  it('of one who left and one who was removed, also when all try at once: one commit wins, nobody else makes one more', async () => {
    const { id, first, others, all } = await grouped(['dan', 'eve', 'fay', 'gus', 'hal', 'ida'], { random: () => 0 })
    const [eve, fay, ...staying] = others
    if (eve === undefined || fay === undefined) throw new Error('somebody is missing')
    await Promise.all([eve.client.leave(id), first.client.removeMember(id, 'fay')])
    const left = [first, ...staying]
    const gone = () => left.map((one) => removals(one).join().split(',').sort().join())
    await eventually(() => gone().every((names) => names === 'eve/one,fay/one'), 'both removals')
    await expectHealthy(id, left)
    for (const one of left) expect(removals(one).length).toBeLessThanOrEqual(2)
    expect(all.map((one) => texts(one).length)).toContain(1)
  }, 30_000)

  it('by the first who comes back, when nobody was there', async () => {
    const store = createMemoryStore()
    const [joe, kim] = [await open('joe'), await open('kim', 'one', { store })]
    const { conversationId: id } = await joe.client.send({ user: 'kim' }, { text: 'hello' })
    const tablet = await open('joe', 'tablet')
    await eventually(() => ofType(tablet, 'GroupCommitted').length > 0, 'the tablet in the group')
    await kim.client.close()
    await joe.client.close()
    await tablet.client.revokeDevice('one')
    await tablet.client.close()
    const back = await open('kim', 'one', { store })
    await eventually(() => removals(back).length === 1, 'the removal')
    expect(removals(back)).toEqual(['joe/one'])
    expect(back.client.pending(id)).toBe(0)
  })
})
