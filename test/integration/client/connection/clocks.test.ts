import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../../../packages/client/src/stores/memory-store.ts'
import { eventually } from '../../../support/client/client-world.ts'
import { type ClockDevice, openClockWorld } from '../../../support/client/clock-world.ts'

const minute = 60_000
const day = 86_400_000
const year = 365 * day

type World = Awaited<ReturnType<typeof openClockWorld>>

const gets = (one: ClockDevice, text: string) =>
  eventually(() => one.texts().includes(text), `${text}; ${one.states} ${one.errors}`)

const nothing = { tokens: 0, requests: 0 }
const patience = 6

/** Nothing is asked for, as soon as what was begun is done: whoever asks without end asks in each such while. */
const expectQuiet = async (world: World, ...devices: readonly ClockDevice[]) => {
  for (let tries = 1; ; tries += 1) {
    for (const one of devices) one.asked()
    await world.idle()
    const asked = devices.map((one) => one.asked())
    if (asked.every(({ tokens, requests }) => tokens + requests === 0)) return
    if (tries === patience) return expect(asked).toEqual(devices.map(() => nothing))
  }
}

describe('A device whose date is wrong', () => {
  let world: World
  let bob: ClockDevice
  beforeAll(async () => {
    world = await openClockWorld()
    bob = await world.live('bob', 'phone')
  })
  afterAll(() => world.close())

  // Most of the time they wait for nothing to happen.
  it.concurrent.each([
    ['a day and an hour ahead', 25 * 60 * minute],
    ['two days ahead', 2 * day],
    ['three years ahead', 3 * year],
    ['fifty minutes behind', -50 * minute],
    ['two days behind', -2 * day],
    ['forty years behind', -40 * year],
  ])(
    '%s, in every state: it comes in, is written to, answers, and asks for no more than others',
    async (_name, offset) => {
      const user = `u${offset}`
      const store = createMemoryStore()
      const first = await world.live(user, 'phone', offset, store)
      const { conversationId: id } = await bob.client.send({ user }, { text: `hello ${user}` })
      await gets(first, `hello ${user}`)
      await first.client.send(id, { text: `answer of ${user}` })
      await gets(bob, `answer of ${user}`)
      await expectQuiet(world, first)

      // Somebody sets it while the connection stands.
      for (const jump of [-offset, 400 * day, -400 * day, offset]) first.set(jump)
      first.set(2 * offset)
      await first.client.send(id, { text: `still ${user}` })
      await gets(bob, `still ${user}`)
      await expectQuiet(world, first)
      expect(first.states.slice(first.states.indexOf('live'))).toEqual(['live'])
      first.set(-2 * offset)

      // In a group, by an invitation.
      const { conversationId: group, done } = bob.client.createGroup({ members: [user] })
      expect((await done).users).toEqual({ [user]: 'added' })
      await first.client.send(group, { text: `in a group ${user}` })
      await gets(bob, `in a group ${user}`)

      // It sleeps; what it is given then waits, and goes when it is back with another date.
      await first.client.close()
      await bob.client.send(id, { text: `missed by ${user}` })
      const again = await world.device(user, 'phone', offset / 2, store)
      const sent = again.client.send(id, { text: `written offline ${user}` })
      again.client.start()
      await sent
      await gets(again, `missed by ${user}`)
      await gets(bob, `written offline ${user}`)
      await expectQuiet(world, again)
      expect([...first.errors, ...again.errors]).toEqual([])
    },
    120_000,
  )

  it('says so when everybody would have expired by it, and adds people when it is set right', async () => {
    await world.live('cyd', 'phone')
    const late = await world.live('dan', 'phone', 400 * day)
    await expect(late.client.send({ user: 'cyd' }, { text: 'hello' })).rejects.toMatchObject({
      code: 'clock_ahead',
      message: expect.stringContaining('set the date right'),
      details: { userId: 'cyd' },
    })
    late.set(-399 * day)
    await late.client.send({ user: 'cyd' }, { text: 'hello again' })
  })
})

describe('A server whose date is set', () => {
  const worlds: World[] = []
  const open = async () => {
    const world = await openClockWorld()
    worlds.push(world)
    return world
  }
  afterAll(() => Promise.all(worlds.map((world) => world.close())))

  it.concurrent.each([
    ['an hour back', -60 * minute],
    ['three days back', -3 * day],
    ['two years back', -2 * year],
    ['ten minutes ahead', 10 * minute],
    ['five days ahead', 5 * day],
  ])(
    '%s, while devices are connected: nobody is sent away or locked out, and nobody asks without end',
    async (_name, offset) => {
      const world = await open()
      const [ann, ben] = [`ann${offset}`, `ben${offset}`]
      const one = await world.live(ann, 'phone')
      const store = createMemoryStore()
      const asleep = await world.live(ben, 'phone', 0, store)
      const { conversationId: id } = await one.client.send({ user: ben }, { text: 'before' })
      await gets(asleep, 'before')
      await asleep.client.close()

      for (const set of [offset, 0, offset]) {
        world.setServer(set)
        await one.client.send(id, { text: `at ${set}` })
        await expectQuiet(world, one)
      }
      expect(one.states.slice(one.states.indexOf('live'))).toEqual(['live'])

      const back = await world.device(ben, 'phone', 0, store)
      const sent = back.client.send(id, { text: 'written while asleep' })
      back.client.start()
      await sent
      await gets(one, 'written while asleep')
      // Somebody signs in for the first time, and is written to.
      const eve = await world.live(`eve${offset}`, 'phone')
      const welcome = one.client.send({ user: `eve${offset}` }, { text: 'welcome' })
      // By the date of an honest device, what a server gives out that is so far behind has expired.
      if (offset < -year) await expect(welcome).rejects.toMatchObject({ code: 'clock_ahead' })
      else {
        const { conversationId: other } = await welcome
        await gets(eve, 'welcome')
        await eve.client.send(other, { text: 'thanks' })
        await gets(one, 'thanks')
      }
      for (const name of ['x', 'y']) {
        const login = { login: `${name}${Math.abs(offset)}@example.org`, password: 'correct horse battery' }
        const answer = await fetch(`${world.server.url}/accounts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(login),
        })
        expect(answer.status).toBeLessThan(300)
      }
      await expectQuiet(world, one, back, eve)
      expect([...one.errors, ...back.errors, ...eve.errors]).toEqual([])
    },
    120_000,
  )

  it.concurrent('400 days ahead: who is away cannot be added, and the error says why; who comes back can, then and when it is set right', async () => {
    const world = await open()
    const one = await world.live('gus', 'phone')
    const store = createMemoryStore()
    const away = await world.live('hal', 'phone', 0, store)
    await away.client.close()
    world.setServer(400 * day)
    await expect(one.client.send({ user: 'hal' }, { text: 'hello' })).rejects.toMatchObject({
      code: 'no_device',
      message: expect.stringContaining('their key packages are used up or expired'),
    })
    const back = await world.live('hal', 'phone', 0, store)
    await one.client.send({ user: 'hal' }, { text: 'hello again' })
    await gets(back, 'hello again')
    world.setServer(0)
    await world.live('ida', 'phone')
    const jon = await world.live('jon', 'phone')
    await jon.client.send({ user: 'hal' }, { text: 'and now' })
    await gets(back, 'and now')
    expect(one.states.slice(one.states.indexOf('live'))).toEqual(['live'])
  }, 120_000)
})
