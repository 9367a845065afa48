import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../../../packages/client/src/api/client-api.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { type ClientWorld, eventually, messageTexts, openClientWorld } from '../../support/client/client-world.ts'
import { type OpenedDevice, openDevice } from '../../support/client/open-device.ts'
import { createDishonestServer } from '../../support/lies/dishonest-server.ts'

const profilesIn = ({ log }: OpenedDevice) =>
  log.flatMap((event) => (event.type === 'profile' ? [[event.userId, event.name]] : []))
const warningsIn = ({ log }: OpenedDevice) => log.flatMap((event) => (event.type === 'warning' ? [event.code] : []))

describe('Names that people give themselves P5', () => {
  let world: ClientWorld
  let people = 0
  beforeAll(async () => {
    world = await openClientWorld({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
  })
  afterAll(() => world.close())

  const open = (user: string, device = 'one', options: Partial<ClientOptions> = {}) =>
    openDevice(world, user, options, device)
  const person = (name: string, options: Partial<ClientOptions> = {}) => {
    people += 1
    return open(`${name}-${people}`, 'one', options)
  }
  const untilCalled = (device: OpenedDevice, { user }: OpenedDevice, name: string | undefined) =>
    eventually(() => device.client.names.of(user) === name, `${user} is called ${name}`)
  const untilRead = (device: OpenedDevice, text: string) =>
    eventually(() => messageTexts(device.log).includes(text), text)

  it('a stranger who writes is called by name; whom the stranger reached has one after an answer', async () => {
    const [alice, bob] = [await person('alice'), await person('bob')]
    await bob.client.profile.set({ name: ' Bob  B. ' })
    await alice.client.profile.set({ name: 'Alice' })
    expect(alice.client.profile.of(alice.user)).toEqual({ name: 'Alice' })
    await alice.client.send({ user: bob.user }, { text: 'hello' })
    await untilCalled(bob, alice, 'Alice')
    // A message later, what bob's devices do unasked has had its time.
    await alice.client.send({ user: bob.user }, { text: 'are you there?' })
    await untilRead(bob, 'are you there?')
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(alice.client.names.of(bob.user)).toBeUndefined()
    await bob.client.send({ user: alice.user }, { text: 'yes' })
    await untilCalled(alice, bob, 'Bob B.')
    expect(profilesIn(bob)).toContainEqual([alice.user, 'Alice'])
  })

  it('in a group all are told, and who comes later too; another name reaches all conversations', async () => {
    const [ann, ben, cleo] = [await person('ann'), await person('ben'), await person('cleo')]
    await Promise.all([
      ann.client.profile.set({ name: 'Ann' }),
      ben.client.profile.set({ name: 'Ben' }),
      cleo.client.profile.set({ name: 'Cleo' }),
    ])
    const { conversationId: id, done } = ann.client.createGroup({ members: [ben.user], name: 'a group' })
    await done
    await untilCalled(ann, ben, 'Ben')
    await untilCalled(ben, ann, 'Ann')
    await ann.client.addMembers(id, [cleo.user])
    await untilCalled(cleo, ann, 'Ann')
    await untilCalled(cleo, ben, 'Ben')
    await untilCalled(ann, cleo, 'Cleo')
    await ben.client.profile.set({ name: 'Benjamin' })
    await untilCalled(ann, ben, 'Benjamin')
    await untilCalled(cleo, ben, 'Benjamin')
    await ben.client.profile.set({ name: null })
    await untilCalled(cleo, ben, undefined)
    expect(cleo.client.profile.of(ben.user)).toEqual({ name: null })
  })

  it("are on all of the user's devices, and still there after a restart", async () => {
    const store = createMemoryStore()
    const [dora, evan] = [await person('dora', { store }), await person('evan')]
    await dora.client.profile.set({ name: 'Dora' })
    await dora.client.send({ user: evan.user }, { text: 'hello' })
    await evan.client.profile.set({ name: 'Evan' })
    await evan.client.send({ user: dora.user }, { text: 'hello too' })
    await untilCalled(dora, evan, 'Evan')
    const tablet = await open(dora.user, 'two')
    await untilCalled(tablet, dora, 'Dora')
    await untilCalled(tablet, evan, 'Evan')
    await tablet.client.profile.set({ name: 'Dora D.' })
    await untilCalled(evan, dora, 'Dora D.')
    await untilCalled(dora, dora, 'Dora D.')
    await dora.client.close()
    const again = await world.client(dora.user, 'one', { store })
    expect([again.names.of(dora.user), again.names.of(evan.user)]).toEqual(['Dora D.', 'Evan'])
  })

  it('are refused where they may not be shown', async () => {
    const fay = await person('fay')
    for (const name of ['', 'x'.repeat(65), 'p\u0430ypal', 'al\u202eice'])
      await expect(fay.client.profile.set({ name })).rejects.toMatchObject({
        code: 'invalid',
        details: { field: 'name' },
      })
    expect(fay.client.profile.of(fay.user)).toBeUndefined()
  })

  it('no server gives somebody the name of another: it cannot change who said what', async () => {
    const server = createDishonestServer()
    const [gil, hal] = [await person('gil', server.options), await person('hal')]
    const ida = await person('ida')
    const { done } = hal.client.createGroup({ members: [gil.user, ida.user] })
    await done
    let swapped = 0
    server.onEvent = (event) => {
      const { userId } = event.actor as { userId: string }
      if (event.type !== 'ControlSent' || userId !== hal.user) return event
      swapped += 1
      return { ...event, actor: { userId: ida.user, deviceId: 'one' } }
    }
    await hal.client.profile.set({ name: 'Hal' })
    await eventually(() => swapped > 0 && warningsIn(gil).includes('tampered'), 'the warning')
    expect([gil.client.names.of(ida.user), gil.client.names.of(hal.user)]).toEqual([undefined, undefined])
    await untilCalled(ida, hal, 'Hal')
  })

  it('the server never sees one', async () => {
    const name = 'Canary-Quetzal'
    const sent: string[] = []
    const server = createDishonestServer()
    server.onFrame = (frame) => {
      sent.push(JSON.stringify(frame))
      return undefined
    }
    server.onRequest = (_path, init) => {
      sent.push(String(init.body))
      return undefined
    }
    const [jan, kim] = [await person('jan', server.options), await person('kim')]
    await jan.client.profile.set({ name })
    await jan.client.send({ user: kim.user }, { text: 'hello' })
    await untilCalled(kim, jan, name)
    const all = sent.join('\n')
    expect(all).toContain('"control":true')
    expect(all).not.toContain(name)
    expect(all).not.toContain(Buffer.from(name).toString('base64').slice(0, 16))
  })
})
