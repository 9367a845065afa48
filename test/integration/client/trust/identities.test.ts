import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../../packages/client/src/api/client-api.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import {
  type ClientWorld,
  conversationEvents,
  eventually,
  openClientWorld,
  record,
} from '../../../support/client/client-world.ts'
import { claimFrom, testDevice } from '../../../support/e2ee/device.ts'
import { createDishonestServer } from '../../../support/lies/dishonest-server.ts'

let people = 0

describe("A person's identity key that the server swaps", () => {
  let world: ClientWorld
  beforeAll(async () => {
    world = await openClientWorld()
  })
  afterAll(() => world.close())

  let ann: BackscrollClient
  let bob: BackscrollClient
  let told: ClientEvent[]
  let bobId: string
  let swapped: Awaited<ReturnType<typeof testDevice>>
  const server = createDishonestServer()

  /** They know each other; from now on the server hands out key packages of an identity key of its own. */
  beforeEach(async () => {
    people += 1
    server.onAnswer = async () => undefined
    const annId = `ann-${people}`
    bobId = `bob-${people}`
    swapped = await testDevice(bobId, 'one')
    ann = await world.client(annId, 'one', server.options)
    bob = await world.client(bobId, 'one')
    told = record(ann)
    const heard = record(bob)
    for (const one of [ann, bob]) {
      one.start()
      await one.whenLive()
    }
    await ann.send({ user: bobId }, { text: 'hello' })
    await eventually(() => conversationEvents(heard).some(({ type }) => type === 'message'), 'the message')
    offer(swapped)
  })
  const offer = (device: typeof swapped) => {
    server.onAnswer = async (path, answer) => {
      if (path !== `/users/${bobId}/key-packages/claim`) return undefined
      const { claimed } = await claimFrom(device)
      return { ...answer, packages: [{ deviceId: 'one', keyPackage: toBase64(claimed.keyPackage), lastResort: false }] }
    }
  }
  const refused = () =>
    expect(ann.createGroup({ members: [bobId] }).done).rejects.toMatchObject({ code: 'identity_changed' })
  const known = () => {
    const found = ann.identityOf(bobId)
    if (found === undefined) throw new Error('Not met')
    return found
  }
  const notices = () => told.flatMap((event) => (event.type === 'trust' ? [event.notice] : []))
  const changes = () => notices().filter(({ type }) => type === 'identity_changed')

  it('is shown with both safety numbers, of the pinned and of the offered key', async () => {
    const trusted = known().safetyNumber
    expect(trusted).toBe(bob.identityOf(`ann-${people}`)?.safetyNumber)
    await refused()
    const { safetyNumber, changed, offered, verified } = known()
    expect([safetyNumber, changed, verified]).toEqual([trusted, true, false])
    expect(offered).toMatchObject({ identityKey: swapped.device.credential.identityKey, signed: false })
    expect(offered?.safetyNumber).not.toBe(trusted)
    expect(changes()).toMatchObject([
      { userId: bobId, safetyNumbers: { pinned: trusted, offered: offered?.safetyNumber }, followed: false },
    ])
  })

  it('is named, also where code without types leaves it out', async () => {
    const invalid = { code: 'invalid', details: { field: 'key' } }
    for (const call of ['verifyIdentity', 'acceptIdentity', 'declineIdentity'] as const)
      await expect(Reflect.apply(ann[call], ann, [bobId])).rejects.toMatchObject(invalid)
  })

  it('is accepted and verified only by the exact key that was seen', async () => {
    const mismatch = { code: 'identity_mismatch' }
    const trusted = known()
    await expect(ann.acceptIdentity(bobId, trusted.safetyNumber)).rejects.toMatchObject(mismatch)
    await ann.verifyIdentity(bobId, trusted.safetyNumber.replaceAll(' ', ''))
    expect(known().verified).toBe(true)
    await refused()
    const seen = known().offered
    offer(await testDevice(bobId, 'one'))
    await refused()
    await expect(ann.acceptIdentity(bobId, seen?.safetyNumber ?? '')).rejects.toMatchObject(mismatch)
    await expect(ann.verifyIdentity(bobId, known().offered?.identityKey ?? '')).rejects.toMatchObject(mismatch)
    expect(known()).toMatchObject({ verified: true, identityKey: trusted.identityKey, changed: true })
    await ann.acceptIdentity(bobId, known().offered?.identityKey ?? '')
    expect(known()).toMatchObject({ verified: false, changed: false, offered: undefined })
    expect(known().identityKey).not.toBe(trusted.identityKey)
    await expect(ann.verifyIdentity(bobId, trusted.safetyNumber)).rejects.toMatchObject(mismatch)
    await expect(ann.acceptIdentity('nobody', 'x')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('stays refused once it was declined, and is not offered again', async () => {
    await ann.verifyIdentity(bobId, known().identityKey)
    await refused()
    const { offered, identityKey } = known()
    await expect(ann.declineIdentity(bobId, identityKey)).rejects.toMatchObject({ code: 'identity_mismatch' })
    await ann.declineIdentity(bobId, offered?.safetyNumber ?? '')
    const before = changes().length
    await refused()
    expect(known()).toMatchObject({ identityKey, verified: true, changed: false, offered: undefined })
    expect(known().declined).toMatchObject([{ identityKey: offered?.identityKey }])
    expect(changes()).toHaveLength(before)
    server.onAnswer = async () => undefined
    await ann.send({ user: bobId }, { text: 'to the key that is trusted' })
  })
})

describe('A key that comes with a claim', () => {
  it('is not pinned when the commit with it was refused', async () => {
    const world = await openClientWorld()
    const server = createDishonestServer()
    const ghost = await testDevice('bob', 'one')
    let claims = 0
    server.onAnswer = async (path, answer) => {
      if (path !== '/users/bob/key-packages/claim') return undefined
      claims += 1
      const { claimed } = await claimFrom(ghost)
      return { ...answer, packages: [{ deviceId: 'one', keyPackage: toBase64(claimed.keyPackage), lastResort: false }] }
    }
    const ann = await world.client('ann', 'one', server.options)
    await world.enrol('bob')
    ann.start()
    await ann.whenLive()
    // The real server refuses it: the leaf has not the key that bob's device has registered. The client tries again.
    const { done } = ann.createGroup({ members: ['bob'] })
    await eventually(() => claims > 1, 'the second try')
    expect(ann.identityOf('bob')).toBeUndefined()
    server.onAnswer = async () => undefined
    await done
    expect(ann.identityOf('bob')?.identityKey).not.toBe(ghost.device.credential.identityKey)
    await world.close()
  })
})
