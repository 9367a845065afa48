import { describe, expect, it } from 'vitest'
import { claimFrom, forgedDevice, testDevice } from '../../../support/e2ee/device.ts'
import { codeOf, createGroupWorld, text } from '../../../support/e2ee/world.ts'
import { epochAuthenticatorOf } from '../../../support/mls/secrets.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Ann, Ben and Cleo, two devices each; Ann's first one has made the group. */
const sixDevices = async () => {
  const [ann1, ben1, cleo1] = await Promise.all([
    testDevice('ann', '1'),
    testDevice('ben', '1'),
    testDevice('cleo', '1'),
  ])
  const [ann2, ben2, cleo2] = await Promise.all([
    testDevice('ann', '2', ann1.identity),
    testDevice('ben', '2', ben1.identity),
    testDevice('cleo', '2', cleo1.identity),
  ])
  const world = createGroupWorld('conversation')
  const first = await world.start(ann1)
  await world.add(first, [ann2, ben1, ben2, cleo1, cleo2])
  return { world, first, ann1, ann2, ben1, ben2, cleo1, cleo2 }
}

describe('Three users with two devices each', () => {
  it('all read what one says, and know which device said it', async () => {
    const { world, first } = await sixDevices()
    expect(await world.say(first, 'hello')).toEqual(Array(5).fill('ann/1: hello'))
    for (const participant of world.inside.values())
      expect(await world.say(participant, 'me too')).toEqual(Array(5).fill(`${participant.who.name}: me too`))
  })

  it('agree on the secrets of every epoch', async () => {
    const { world, first, ben1 } = await sixDevices()
    const ben = world.inside.get(ben1.name)
    if (ben === undefined) throw new Error('Ben is missing')
    await world.update(ben)
    await world.update(first)
    const authenticators = [...world.inside.values()].map(({ state }) => hex(epochAuthenticatorOf(state)))
    expect(new Set(authenticators).size).toBe(1)
  })

  it('lose a removed device: it reads nothing after its removal', async () => {
    const { world, first, cleo2 } = await sixDevices()
    const gone = world.inside.get(cleo2.name)
    if (gone === undefined) throw new Error('Cleo is missing')
    const before = gone.state
    await world.remove(first, [cleo2.name])
    expect(world.inside.size).toBe(5)
    const { message } = await first.who.engine.encrypt(first.state, text('without Cleo'), text(''))
    expect(await codeOf(cleo2.engine.decrypt(gone.state, message))).toBe('removed')
    expect(await codeOf(cleo2.engine.decrypt(before, message))).toBe('wrong_epoch')
  })

  it('see a device that lost its state come back from outside, in place of its old leaf', async () => {
    const { world, ben2 } = await sixDevices()
    world.inside.delete(ben2.name)
    const back = await world.rejoin(ben2)
    expect(world.inside.size).toBe(6)
    expect(await world.say(back, 'again')).toEqual(Array(5).fill('ben/2: again'))
    expect(ben2.engine.members(back.state)).toHaveLength(6)
  })

  it('notice a new device of a member', async () => {
    const { world, first, ann1 } = await sixDevices()
    await world.add(first, [await testDevice('ann', '3', ann1.identity)])
    const notices = [...world.inside.values()].flatMap(({ who }) =>
      who.notices.filter((notice) => notice.type === 'device_added' && notice.deviceId === '3'),
    )
    expect(notices).toHaveLength(6)
  })

  it('refuse a ghost device: a certificate by another key', async () => {
    const { first, ben1 } = await sixDevices()
    const ghost = await forgedDevice('ben', 'ghost', ben1.identity.publicKey)
    const { claimed } = await claimFrom(ghost)
    expect(await codeOf(first.who.engine.commitAdd(first.state, [claimed]))).toBe('unauthorised_device')
  })

  it('refuse a ghost device under an identity key that the server made up', async () => {
    const { first } = await sixDevices()
    const { claimed } = await claimFrom(await testDevice('ben', 'ghost'))
    expect(await codeOf(first.who.engine.commitAdd(first.state, [claimed]))).toBe('identity_changed')
  })

  it('refuse a swapped key package', async () => {
    const { first } = await sixDevices()
    const { claimed } = await claimFrom(await testDevice('mallory', '1'))
    const swapped = { ...claimed, userId: 'dora', deviceId: '1' }
    expect(await codeOf(first.who.engine.commitAdd(first.state, [swapped]))).toBe('unauthorised_device')
  })
})
