import { bytesOfStatement, type IdentityStatement, type Succession } from '@backscroll/protocol/identity-statements'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import { envelopeOf } from '../../../../packages/client/src/content/outgoing-content.ts'
import { createKeyPair, type KeyPair, sign } from '../../../../packages/client/src/crypto/signatures.ts'
import { createUserStatements } from '../../../../packages/client/src/devices/user-statements.ts'
import { fromBase64, toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { type Device, seenAs } from '../../../../packages/client/src/trust/device-certificate.ts'
import { revokeBy, revokeByIdentity, succeed } from '../../../../packages/client/src/trust/signed-statements.ts'
import { loadTrust, type TrustBook } from '../../../../packages/client/src/trust/trust-book.ts'
import { verdictOn } from '../../../../packages/client/src/trust/trust-verdict.ts'
import { createChainedDevices, named, signatureKeyOf } from '../../../support/accounts/chained-devices.ts'

const statementsOf = (trust: TrustBook, userId = 'bob') =>
  createUserStatements({
    me: { userId },
    directory: { devicesOf: async () => ({ count: 0, statements: [] }) },
    trust,
    write: async () => {},
    tell: () => {},
    onOwn: () => {},
  })
const from = (userId: string): WireEvent => ({
  stream: { kind: 'conversation', id: 'g' },
  type: 'MessageSent',
  revision: 1,
  position: '1',
  at: 1,
  actor: { userId, deviceId: 'x' },
  data: {},
})
const control = (userId: string, statements: readonly IdentityStatement[]) =>
  fromBase64(
    envelopeOf({ messageId: 'm', control: true }, { type: 'identity', body: { userId, statements: [...statements] } }),
  )

const revoking = (...revoked: string[]) => ({ revoked, kept: [] })
const verdict = (trust: TrustBook, device: Device) => verdictOn(trust.pins(), device.credential, signatureKeyOf(device))

/** A key that nobody knows says that it has become the user's real one, with a certificate that everybody can read. */
const forged = async ({ credential, keys }: Device): Promise<Succession> => {
  const key = await createKeyPair()
  const { userId, deviceId, identityKey: successor, certificate } = credential
  const kept = [{ deviceId, signatureKey: toBase64(keys.publicKey), certificate }]
  const said = { type: 'succession' as const, userId, identityKey: toBase64(key.publicKey), successor, number: 1, kept }
  return { ...said, signature: toBase64(await sign(key.privateKey, bytesOfStatement(said))) }
}
const forgeries = (device: Device, count: number) => Promise.all(Array.from({ length: count }, () => forged(device)))

const met = async (userId: string) => {
  const chained = await createChainedDevices(userId)
  const phone = await chained.first('phone')
  const laptop = await chained.approved(phone, 'laptop')
  const trust = loadTrust(new Map())
  trust.see([phone, laptop].map(seenAs))
  return { ...chained, phone, laptop, trust }
}

describe('A flood of statements', () => {
  it('in the name of another user is passed over: nobody speaks for another', async () => {
    const { phone, laptop, trust } = await met('ann')
    const bob = statementsOf(trust)
    await bob.control(from('eve'), control('ann', [await revokeBy(phone, revoking('laptop'))]))
    expect(verdict(trust, laptop)).toBe('trusted')
    await bob.control(from('ann'), control('ann', [await revokeBy(phone, revoking('laptop'))]))
    expect(verdict(trust, laptop)).toBe('revoked')
  })

  it('of made-up keys that hand over to the real one leaves room for what the user says', async () => {
    const { phone, laptop, trust } = await met('ann')
    await trust.hear('ann', await forgeries(phone, 300))
    expect(trust.pins().get('ann')?.statements?.length).toBeLessThanOrEqual(32)
    await trust.hear('ann', [await revokeBy(phone, revoking('laptop'))])
    expect(verdict(trust, laptop)).toBe('revoked')
  })

  it('does not make a device forget the keys that it has followed', async () => {
    const { identity, phone, laptop, trust } = await met('ann')
    const to: KeyPair = await createKeyPair()
    const kept = [named(phone)]
    const succession = await succeed({ userId: 'ann', from: identity, to, number: 1, kept })
    await trust.hear('ann', [...(await forgeries(phone, 40)), succession, ...(await forgeries(phone, 40))])
    const next = await createChainedDevices('ann', to)
    await trust.hear('ann', await forgeries(await next.first('other'), 80))
    expect([verdict(trust, phone), verdict(trust, laptop)]).toEqual(['trusted', 'revoked'])
  })

  it('by a stolen device does not silence those that can revoke it', async () => {
    const { identity, phone, laptop, approved, trust } = await met('ann')
    const tablet = await approved(phone, 'tablet')
    for (let n = 0; n < 300; n += 1) await trust.hear('ann', [await revokeBy(laptop, revoking(`nobody-${n}`))])
    expect(trust.pins().get('ann')?.statements?.length).toBe(256)
    await trust.hear('ann', [await revokeBy(phone, revoking('laptop'))])
    expect(verdict(trust, laptop)).toBe('revoked')
    await trust.hear('ann', [await revokeByIdentity(identity, 'ann', revoking('tablet'))])
    expect(verdict(trust, tablet)).toBe('revoked')
  })

  it('by devices that a stolen device makes up does not either', async () => {
    const { phone, laptop, approved, trust } = await met('ann')
    const tablet = await approved(phone, 'tablet')
    for (let n = 0; n < 300; n += 1) {
      const ghost = await approved(laptop, `ghost-${n}`)
      await trust.hear('ann', [await revokeBy(ghost, revoking(`nobody-${n}`))])
    }
    await trust.hear('ann', [await revokeBy(tablet, revoking('laptop'))])
    expect(trust.pins().get('ann')?.statements?.length).toBe(256)
    expect(verdict(trust, laptop)).toBe('revoked')
  })

  it('that says the same again is not kept', async () => {
    const { phone, trust } = await met('ann')
    await trust.hear('ann', [await revokeBy(phone, revoking('one', 'two'))])
    const before = trust.pins()
    await trust.hear('ann', [await revokeBy(phone, revoking('two')), await revokeBy(phone, revoking('two', 'one'))])
    expect(trust.pins().get('ann')).toBe(before.get('ann'))
  })

  it('about an unknown user does not keep out later statements', async () => {
    const { identity, phone } = await met('ann')
    const trust = loadTrust(new Map())
    await trust.hear('ann', await forgeries(phone, 300))
    await trust.hear('ann', [await revokeByIdentity(identity, 'ann', revoking('phone'))])
    expect(verdict(trust, phone)).toBe('revoked')
  })

  it('about many users whom nobody has met is forgotten, the oldest first; who was met stays', async () => {
    const { phone, trust } = await met('ann')
    await trust.hear('ann', [await revokeBy(phone, revoking('laptop'))])
    const identity = await createKeyPair()
    const many = Array.from({ length: 64 }, (_, n) => `nobody-${n}`)
    for (let n = 0; n < 80; n += 1) {
      const said = many.map((name) => revokeByIdentity(identity, `user-${n}`, revoking(name)))
      await trust.hear(`user-${n}`, await Promise.all(said))
    }
    const held = [...trust.pins().keys()]
    expect(held).toHaveLength(65)
    expect([held.includes('ann'), held.includes('user-79'), held.includes('user-0')]).toEqual([true, true, false])
  })
})
