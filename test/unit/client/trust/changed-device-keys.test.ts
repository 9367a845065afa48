import type { Succession } from '@backscroll/protocol/identity-statements'
import { describe, expect, it } from 'vitest'
import { createKeyPair } from '../../../../packages/client/src/crypto/signatures.ts'
import { type Device, seenAs } from '../../../../packages/client/src/trust/device-certificate.ts'
import { heirOf } from '../../../../packages/client/src/trust/identity-succession.ts'
import { succeed } from '../../../../packages/client/src/trust/signed-statements.ts'
import { loadTrust, type TrustBook } from '../../../../packages/client/src/trust/trust-book.ts'
import { verdictOn } from '../../../../packages/client/src/trust/trust-verdict.ts'
import { createChainedDevices, named, signatureKeyOf } from '../../../support/accounts/chained-devices.ts'

const verdict = (trust: TrustBook, device: Device) => verdictOn(trust.pins(), device.credential, signatureKeyOf(device))
const pinOf = (trust: TrustBook) => trust.pins().get('ann') ?? expect.fail()

/** Ann's phone, the laptop that it has approved, and what a peer has seen of them. */
const met = async () => {
  const chained = await createChainedDevices('ann')
  const phone = await chained.first('phone')
  const laptop = await chained.approved(phone, 'laptop')
  const trust = loadTrust(new Map())
  const { changes } = trust.see([phone, laptop].map(seenAs))
  return { ...chained, phone, laptop, trust, changes }
}

describe('A device that comes with another key than before', () => {
  it('is refused, even if a device of the user has certified that key', async () => {
    const { phone, laptop, first, approved, trust } = await met()
    for (const false_ of [await approved(phone, 'laptop'), await first('laptop')])
      expect(verdict(trust, false_)).toBe('other_key')
    expect(verdict(trust, laptop)).toBe('trusted')
  })

  it('vouches for nobody', async () => {
    const { phone, approved, trust } = await met()
    const ghost = await approved(await approved(phone, 'laptop'), 'ghost')
    expect(verdict(trust, ghost)).toBe('other_key')
  })

  it('does not become the known one by being seen, and is refused after a restart as well', async () => {
    const { phone, laptop, approved, trust, changes } = await met()
    const false_ = await approved(phone, 'laptop')
    expect(trust.see([seenAs(false_)]).changes).toEqual([])
    const again = loadTrust(new Map(changes.map(({ key, value }) => [key, JSON.parse(JSON.stringify(value))])))
    expect([verdict(again, false_), verdict(again, laptop)]).toEqual(['other_key', 'trusted'])
  })

  it('is refused by a pin of an earlier version once the true one was seen again', async () => {
    const { phone, laptop, approved, changes } = await met()
    const old = changes.map(({ key, value }): [string, unknown] => [key, { ...(value as object), keys: undefined }])
    const trust = loadTrust(new Map(old))
    const { notices } = trust.see([seenAs(laptop)])
    expect([notices, verdict(trust, await approved(phone, 'laptop'))]).toEqual([[], 'other_key'])
  })

  it('counts under an identity key that a person has accepted in place of the old one', async () => {
    const { trust } = await met()
    const anew = await createChainedDevices('ann')
    const laptop = await anew.first('laptop')
    trust.offered('ann', laptop.credential.identityKey)
    trust.confirm('ann', laptop.credential.identityKey, false)
    expect(verdict(trust, laptop)).toBe('trusted')
  })
})

/** Each key hands over to the next: what a thief of the identity key can make without end. */
const successions = async (from: Awaited<ReturnType<typeof met>>, count: number) => {
  const made: Succession[] = []
  let key = from.identity
  for (let number = 1; number <= count; number += 1) {
    const to = await createKeyPair()
    made.push(await succeed({ userId: 'ann', from: key, to, number, kept: [named(from.phone)] }))
    key = to
  }
  return made
}

describe('Keys that hand over to the next without end', () => {
  it('are followed only so far while a person has to decide on a verified one', async () => {
    const world = await met()
    const { trust, phone } = world
    trust.confirm('ann', phone.credential.identityKey, true)
    const many = await successions(world, 70)
    for (const one of many) await trust.hear('ann', [one])
    await trust.hear('ann', many)
    expect(pinOf(trust).statements).toHaveLength(32)
    expect(heirOf(pinOf(trust))).toBe(many[31]?.successor)
    expect(pinOf(trust).identityKey).toBe(phone.credential.identityKey)
  })

  it('wait for the person also when made-up older keys hand over to them', async () => {
    const world = await met()
    const { trust, phone } = world
    trust.confirm('ann', phone.credential.identityKey, true)
    const waiting = await successions(world, 30)
    await trust.hear('ann', waiting)
    const heir = heirOf(pinOf(trust))
    for (let n = 0; n < 50; n += 1) {
      const [from, to] = [await createKeyPair(), world.identity]
      await trust.hear('ann', [await succeed({ userId: 'ann', from, to, number: 1, kept: [named(phone)] })])
    }
    expect(heirOf(pinOf(trust))).toBe(heir)
    expect(pinOf(trust).statements?.length).toBe(62)
  })

  it('leave a bounded number behind where nobody has to decide', async () => {
    const world = await met()
    const many = await successions(world, 150)
    for (const one of many) await world.trust.hear('ann', [one])
    expect(pinOf(world.trust).identityKey).toBe(many[149]?.successor)
    expect(pinOf(world.trust).statements?.length).toBeLessThanOrEqual(64)
  })
})
