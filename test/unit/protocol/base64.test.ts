import { base64, base64Of } from '@backscroll/protocol/base64'
import { encodeDeviceCredential, parseDeviceCredential } from '@backscroll/protocol/device-credential'
import { identityStatement } from '@backscroll/protocol/identity-statements'
import { newDevice } from '@backscroll/protocol/rest/devices'
import { describe, expect, it } from 'vitest'
import { revokeByIdentity } from '../../../packages/client/src/trust/signed-statements.ts'
import { createChainedDevices, registrationOf } from '../../support/accounts/chained-devices.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The same bytes, with a spare bit set. */
const otherSpelling = (text: string): string => {
  const at = text.replace(/=+$/, '').length - 1
  const other = `${text.slice(0, at)}${alphabet[alphabet.indexOf(text[at] ?? '') + 1]}${text.slice(at + 1)}`
  expect(atob(other)).toBe(atob(text))
  return other
}

describe('Base64', () => {
  it('has one spelling for all bytes', () => {
    for (let length = 0; length < 70; length += 1) {
      const text = Buffer.from(Uint8Array.from({ length }, (_, n) => (n * 37 + length) % 256)).toString('base64')
      expect(base64.safeParse(text).success).toBe(true)
      expect(base64Of(length).safeParse(text).success).toBe(true)
      for (const wrong of [length - 1, length + 1]) expect(base64Of(wrong).safeParse(text).success).toBe(false)
      if (length % 3 !== 0) expect(base64.safeParse(otherSpelling(text)).success).toBe(false)
    }
    for (const text of ['A', 'AA', 'AAA', 'AA=', '====', 'AA==AAAA', 'A-_='])
      expect(base64.safeParse(text).success).toBe(false)
  })

  it('of another spelling is refused in credentials, statements and registrations: one key would look like two', async () => {
    const ann = await createChainedDevices('ann')
    const phone = await ann.first('phone')
    const laptop = await ann.approved(phone, 'laptop')
    const { credential } = laptop
    const [link] = credential.chain ?? []
    if (link === undefined) throw new Error('No chain')
    const others = [
      { ...credential, identityKey: otherSpelling(credential.identityKey) },
      { ...credential, certificate: otherSpelling(credential.certificate) },
      { ...credential, chain: [{ ...link, signatureKey: otherSpelling(link.signatureKey) }] },
      { ...credential, chain: [{ ...link, certificate: otherSpelling(link.certificate) }] },
    ]
    for (const other of others) expect(parseDeviceCredential(encodeDeviceCredential(other))).toBeUndefined()
    const said = await revokeByIdentity(ann.identity, 'ann', { revoked: ['phone'], kept: [] })
    expect(identityStatement.safeParse(said).success).toBe(true)
    for (const name of ['identityKey', 'signature'] as const)
      expect(identityStatement.safeParse({ ...said, [name]: otherSpelling(said[name]) }).success).toBe(false)
    const body = registrationOf(laptop)
    expect(newDevice.safeParse(body).success).toBe(true)
    for (const name of ['identityKey', 'signatureKey', 'certificate'] as const)
      expect(newDevice.safeParse({ ...body, [name]: otherSpelling(body[name]) }).success).toBe(false)
  })
})
