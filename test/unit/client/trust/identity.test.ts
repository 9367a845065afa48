import { describe, expect, it } from 'vitest'
import { createKeyPair, sign, verify } from '../../../../packages/client/src/crypto/signatures.ts'
import { createRecoveryKey, openIdentity, sealIdentity } from '../../../../packages/client/src/devices/recovery-key.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { createIdentity, safetyNumber } from '../../../../packages/client/src/trust/identity-key.ts'
import { confirmIdentity, declineIdentity, noteOffer } from '../../../../packages/client/src/trust/identity-offers.ts'
import { noteSeen } from '../../../../packages/client/src/trust/trust-on-first-use.ts'
import { verdictOn } from '../../../../packages/client/src/trust/trust-verdict.ts'
import { codeOf, text } from '../../../support/e2ee/world.ts'

const credential = (userId: string, deviceId: string, identityKey: string) => ({
  userId,
  deviceId,
  identityKey,
  signatureKey: '',
  certificate: '',
})

describe('A safety number', () => {
  const ann = { userId: 'ann', identityKey: toBase64(new Uint8Array(32).fill(1)) }
  const ben = { userId: 'ben', identityKey: toBase64(new Uint8Array(32).fill(2)) }

  it('is sixty digits in twelve groups, the same for both', () => {
    expect(safetyNumber(ann, ben)).toMatch(/^\d{5}( \d{5}){11}$/)
    expect(safetyNumber(ben, ann)).toBe(safetyNumber(ann, ben))
  })

  it('stays what it was, over versions of this library', () => {
    expect(safetyNumber(ann, ben)).toMatchInlineSnapshot(
      `"41150 87948 62443 34981 05463 42158 55718 30402 85166 87869 73407 89773"`,
    )
  })

  it('changes with either key and either user', () => {
    const other = { ...ben, identityKey: toBase64(new Uint8Array(32).fill(3)) }
    const numbers = [safetyNumber(ann, ben), safetyNumber(ann, other), safetyNumber(ann, { ...ben, userId: 'bea' })]
    expect(new Set(numbers).size).toBe(3)
  })
})

describe('Pins', () => {
  it('trust a user at first sight, and say so once', () => {
    const first = noteSeen(new Map(), [credential('ann', '1', 'K'), credential('ann', '2', 'K')])
    expect(first.notices).toEqual([{ type: 'user_seen', userId: 'ann', deviceId: '1' }])
    expect(noteSeen(first.pins, [credential('ann', '2', 'K')]).notices).toEqual([])
  })

  it('tell of every device that comes later', () => {
    const { pins } = noteSeen(new Map(), [credential('ann', '1', 'K')])
    const { notices } = noteSeen(pins, [credential('ann', '2', 'K')])
    expect(notices).toEqual([{ type: 'device_added', userId: 'ann', deviceId: '2', verified: false }])
  })

  it('do not trust another key until a person confirms it; then the old one is not trusted', () => {
    const { pins } = noteSeen(new Map(), [credential('ann', '1', 'K')])
    const offered = noteOffer(pins, 'ann', 'other')
    const notice = {
      userId: 'ann',
      verified: false,
      identityKey: 'K',
      offered: 'other',
      signed: false,
      followed: false,
    }
    expect(offered.notices).toEqual([{ type: 'identity_changed', ...notice }])
    expect(noteOffer(offered.pins, 'ann', 'other').notices).toEqual([])
    expect(verdictOn(offered.pins, credential('ann', '1', 'other'), '')).toBe('other_identity')
    const confirmed = confirmIdentity(offered.pins, 'ann', 'other', true)
    expect(verdictOn(confirmed, credential('ann', '1', 'other'), '')).toBe('trusted')
    expect(verdictOn(confirmed, credential('ann', '1', 'K'), '')).toBe('other_identity')
    expect(confirmed.get('ann')).toEqual({ identityKey: 'other', verified: true, devices: [], left: ['K'] })
  })

  it('keep what was offered when the person verifies the key that is trusted', () => {
    const { pins } = noteOffer(noteSeen(new Map(), [credential('ann', '1', 'K')]).pins, 'ann', 'other')
    expect(confirmIdentity(pins, 'ann', 'K', true).get('ann')).toMatchObject({ verified: true, offered: 'other' })
  })

  it('refuse a key that was declined, and do not offer it again, until a person names it', () => {
    const { pins } = noteOffer(noteSeen(new Map(), [credential('ann', '1', 'K')]).pins, 'ann', 'other')
    const declined = declineIdentity(pins, 'ann', 'other')
    expect(noteOffer(declined, 'ann', 'other')).toEqual({ pins: declined, notices: [] })
    expect(noteSeen(declined, [credential('ann', '1', 'other')]).notices).toEqual([])
    expect(verdictOn(declined, credential('ann', '1', 'other'), '')).toBe('other_identity')
    expect(verdictOn(declined, credential('ann', '1', 'K'), '')).toBe('trusted')
    expect(noteOffer(declined, 'ann', 'third').notices).toHaveLength(1)
    expect(confirmIdentity(declined, 'ann', 'other', false).get('ann')).toEqual({
      identityKey: 'other',
      verified: false,
      devices: [],
      left: ['K'],
    })
  })
})

describe('A recovery key', () => {
  it('is eight groups of five, and opens the identity key that it sealed', async () => {
    const identity = await createIdentity()
    const recoveryKey = createRecoveryKey()
    expect(recoveryKey).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}$/)
    const opened = await openIdentity(await sealIdentity(identity, 'ann', recoveryKey), 'ann', recoveryKey)
    expect(await verify(identity.publicKey, await sign(opened.privateKey, text('x')), text('x'))).toBe(true)
  })

  it('may be typed in small letters, with O for 0, I for 1, and spaces', async () => {
    const identity = await createKeyPair()
    const recoveryKey = createRecoveryKey()
    const typed = recoveryKey.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'i').replaceAll('-', ' ')
    const opened = await openIdentity(await sealIdentity(identity, 'ann', recoveryKey), 'ann', typed)
    expect(opened.privateKey).toEqual(identity.privateKey)
  })

  it('is refused as such when one letter is wrong or missing', async () => {
    const recoveryKey = createRecoveryKey()
    const blob = await sealIdentity(await createKeyPair(), 'ann', recoveryKey)
    const wrong = `${recoveryKey.startsWith('A') ? 'B' : 'A'}${recoveryKey.slice(1)}`
    for (const typed of [wrong, recoveryKey.slice(1), '', 'not!'])
      expect(await codeOf(openIdentity(blob, 'ann', typed))).toBe('bad_recovery_key')
  })

  it('opens neither the blob of another key, nor one given out as another user, nor a damaged one', async () => {
    const recoveryKey = createRecoveryKey()
    const blob = await sealIdentity(await createKeyPair(), 'ann', recoveryKey)
    expect(await codeOf(openIdentity(blob, 'ann', createRecoveryKey()))).toBe('wrong_key')
    expect(await codeOf(openIdentity(blob, 'ben', recoveryKey))).toBe('wrong_key')
    const damaged = blob.slice()
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    expect(await codeOf(openIdentity(damaged, 'ann', recoveryKey))).toBe('wrong_key')
  })
})
