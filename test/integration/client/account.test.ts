import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountClientEvent, ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { type ClientWorld, eventually, openClientWorld, record } from '../../support/client/client-world.ts'
import { createDishonestServer } from '../../support/lies/dishonest-server.ts'

const isAccount = (event: ClientEvent): event is AccountClientEvent => event.type === 'account'
const changes = (log: readonly ClientEvent[]) => log.filter(isAccount).map(({ change, by }) => ({ ...change, by }))

describe("What happens to the user's own account", () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const added = (deviceId: string, certified = true) => ({ type: 'device_added', deviceId, certified, by: deviceId })

  it('is told to all devices of the user, live and when they come back, each once and in order, and to nobody else', async () => {
    const store = createMemoryStore()
    const open = async () => {
      const client = await world.client('ann', 'phone', { store })
      const log = record(client)
      client.start()
      await client.whenLive()
      return { client, log }
    }
    const bob = await world.client('bob', 'phone')
    const others = record(bob)
    bob.start()
    const phone = await open()
    const laptop = await world.client('ann', 'laptop')
    laptop.start()
    await laptop.whenLive()
    await phone.client.renameDevice('laptop', 'Work')
    const expected = [added('laptop'), { type: 'device_named', deviceId: 'laptop', by: 'phone' }]
    await eventually(() => changes(phone.log).length >= 2, 'the new device and its name')
    expect(changes(phone.log).slice(-2)).toEqual(expected)
    await phone.client.close()

    const tablet = await world.client('ann', 'tablet')
    tablet.start()
    await tablet.whenLive()
    await tablet.revokeDevice('laptop')
    const back = await open()
    await eventually(() => changes(back.log).length >= 2, 'what it missed')
    expect(changes(back.log)).toEqual([added('tablet'), { type: 'device_revoked', deviceId: 'laptop', by: 'tablet' }])
    await back.client.close()
    const again = await open()
    await tablet.renameDevice('tablet', 'Sofa')
    await eventually(() => changes(again.log).length > 0, 'the next one')
    expect(changes(again.log)).toEqual([{ type: 'device_named', deviceId: 'tablet', by: 'tablet' }])
    const revisions = [phone, back, again].flatMap(({ log }) => log.filter(isAccount).map(({ revision }) => revision))
    expect(revisions).toEqual(Array.from(revisions, (_, index) => (revisions[0] ?? 0) + index))
    await bob.whenLive()
    expect(changes(others).filter(({ by }) => by !== 'phone')).toEqual([])
    expect(again.log.filter(({ type }) => type === 'warning' || type === 'gap')).toEqual([])
  }, 30_000)

  it('warns of a device that the server makes up', async () => {
    const server = createDishonestServer()
    const phone = await world.client('cyd', 'phone', server.options)
    const log = record(phone)
    phone.start()
    await phone.whenLive()
    server.onEvent = (event) =>
      event.type === 'DeviceAdded' ? { ...event, data: { ...(event.data as object), deviceId: 'ghost' } } : event
    const laptop = await world.client('cyd', 'laptop')
    laptop.start()
    await laptop.whenLive()
    await eventually(() => log.some(({ type }) => type === 'warning'), 'the warning')
    expect(changes(log).at(-1)).toMatchObject({ type: 'device_added', deviceId: 'ghost', certified: false })
    expect(log.filter(({ type }) => type === 'warning')).toMatchObject([
      { code: 'unauthorised_device', details: { userId: 'cyd', deviceId: 'ghost' } },
    ])
  })
})
