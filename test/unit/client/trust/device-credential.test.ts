import { bytesToCertify } from '@backscroll/protocol/certificates'
import { encodeDeviceCredential, parseDeviceCredential } from '@backscroll/protocol/device-credential'
import { describe, expect, it } from 'vitest'
import { createKeyPair } from '../../../../packages/client/src/crypto/signatures.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { certify, isCertified } from '../../../../packages/client/src/trust/device-certificate.ts'
import { createDevice } from '../../../support/e2ee/create-device.ts'
import { text, words } from '../../../support/e2ee/world.ts'

describe('A device credential', () => {
  it('comes out as it went in, in one form only', async () => {
    const { credential } = await createDevice(await createKeyPair(), 'ann', 'phone')
    const bytes = encodeDeviceCredential(credential)
    expect(parseDeviceCredential(bytes)).toEqual(credential)
    const json: Record<string, unknown> = JSON.parse(words(bytes))
    expect(Object.keys(json)).toEqual(['v', 'userId', 'deviceId', 'identityKey', 'certificate'])
    const others = [
      JSON.stringify(json, null, 1),
      JSON.stringify({ ...json, extra: 1 }),
      JSON.stringify({ ...json, v: 2 }),
      JSON.stringify({ ...json, userId: 'a/b' }),
      JSON.stringify({ ...json, identityKey: toBase64(new Uint8Array(31)) }),
      JSON.stringify({ userId: json.userId, ...json }),
      `${words(bytes)}${' '.repeat(2000)}`,
      'null',
      '',
    ]
    for (const other of others) expect(parseDeviceCredential(text(other))).toBeUndefined()
    expect(parseDeviceCredential(Uint8Array.of(0xff))).toBeUndefined()
  })

  it('is certified for one user, one device and one key', async () => {
    const identity = await createKeyPair()
    const { credential, keys } = await createDevice(identity, 'ann', 'phone')
    expect(await isCertified(credential, keys.publicKey)).toBe(true)
    expect(await isCertified({ ...credential, userId: 'ben' }, keys.publicKey)).toBe(false)
    expect(await isCertified({ ...credential, deviceId: 'tablet' }, keys.publicKey)).toBe(false)
    expect(await isCertified(credential, (await createKeyPair()).publicKey)).toBe(false)
  })

  it('signs the domain, the ids and the key, each apart from the next', async () => {
    const key = new Uint8Array(32).fill(0x41)
    const bytes = bytesToCertify({ userId: 'ann', deviceId: 'phone' }, key)
    expect(words(bytes)).toBe(`backscroll device certificate v1\0ann\0phone\0${'A'.repeat(32)}`)
    const certificate = await certify(await createKeyPair(), { userId: 'ann', deviceId: 'phone', publicKey: key })
    expect(certificate).toHaveLength(88)
  })
})
