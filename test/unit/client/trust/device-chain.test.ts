import { bytesToVouch, certificateChecks } from '@backscroll/protocol/certificates'
import {
  type DeviceCredential,
  encodeDeviceCredential,
  longestChain,
  parseDeviceCredential,
} from '@backscroll/protocol/device-credential'
import { describe, expect, it } from 'vitest'
import { createKeyPair, sign } from '../../../../packages/client/src/crypto/signatures.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import {
  createDeviceKeys,
  type Device,
  isCertified,
  vouch,
} from '../../../../packages/client/src/trust/device-certificate.ts'
import { areGood } from '../../../../src/identity/accounts/devices/signatures.ts'
import { createDevice } from '../../../support/e2ee/create-device.ts'
import { codeOf, words } from '../../../support/e2ee/world.ts'

const approvedBy = async (by: Device, deviceId: string): Promise<Device> => {
  const keys = await createDeviceKeys()
  const { userId } = by.credential
  const certification = await vouch(by, { userId, deviceId, publicKey: keys.publicKey })
  return { credential: { userId, deviceId, ...certification }, keys }
}

const identity = await createKeyPair()
const phone = await createDevice(identity, 'ann', 'phone')
const laptop = await approvedBy(phone, 'laptop')
const tablet = await approvedBy(laptop, 'tablet')

/** The client and the server say the same. */
const isGood = async (credential: DeviceCredential, { keys }: Device): Promise<boolean> => {
  const byClient = await isCertified(credential, keys.publicKey)
  expect(areGood(certificateChecks(credential, toBase64(keys.publicKey)))).toBe(byClient)
  return byClient
}

describe('A chain of devices that vouch for one another', () => {
  it('begins at the identity key and ends at the device', async () => {
    expect(laptop.credential.chain?.map(({ deviceId }) => deviceId)).toEqual(['phone'])
    expect(tablet.credential.chain?.map(({ deviceId }) => deviceId)).toEqual(['phone', 'laptop'])
    for (const one of [phone, laptop, tablet]) expect(await isGood(one.credential, one)).toBe(true)
  })

  it('is written in one form only, as version 2; without a chain the form is that of version 1', () => {
    for (const { credential } of [phone, laptop, tablet]) {
      const bytes = encodeDeviceCredential(credential)
      expect(parseDeviceCredential(bytes)).toEqual(credential)
      expect(JSON.parse(words(bytes)).v).toBe(credential.chain === undefined ? 1 : 2)
    }
    const json = JSON.parse(words(encodeDeviceCredential(laptop.credential)))
    const [link] = json.chain
    const others = [
      { ...json, v: 1 },
      { ...json, chain: [] },
      { ...json, chain: [{ ...link, more: 1 }] },
      { ...json, chain: Array(longestChain + 1).fill(link) },
      { ...json, chain: [{ certificate: link.certificate, deviceId: 'phone', signatureKey: link.signatureKey }] },
    ]
    for (const other of others)
      expect(parseDeviceCredential(new TextEncoder().encode(JSON.stringify(other)))).toBeUndefined()
  })

  it('breaks with any link that is changed, left out, of another user, or of another identity key', async () => {
    const { credential } = tablet
    const [first, second] = credential.chain ?? []
    if (first === undefined || second === undefined) throw new Error('The chain is short')
    const other = await createDevice(identity, 'ann', 'other')
    const stranger = { signatureKey: toBase64(other.keys.publicKey) }
    const broken: DeviceCredential[] = [
      { ...credential, chain: [] },
      { ...credential, chain: [first] },
      { ...credential, chain: [second] },
      { ...credential, chain: [second, first] },
      { ...credential, chain: [{ ...first, ...stranger }, second] },
      { ...credential, chain: [first, { ...second, ...stranger }] },
      { ...credential, chain: [{ ...first, deviceId: 'other' }, second] },
      { ...credential, chain: [first, { ...second, certificate: first.certificate }] },
      { ...credential, deviceId: 'phone' },
      { ...credential, userId: 'ben' },
      { ...credential, identityKey: toBase64((await createKeyPair()).publicKey) },
      { ...credential, certificate: laptop.credential.certificate },
    ]
    for (const one of broken) expect(await isGood(one, tablet)).toBe(false)
    expect(await isGood(credential, laptop)).toBe(false)
  })

  it('does not take what a device said under an older identity key', async () => {
    const renewed = await createKeyPair()
    const again = await createDevice(renewed, 'ann', 'phone')
    const { certificate } = again.credential
    const old = tablet.credential
    const chain = [{ deviceId: 'phone', signatureKey: toBase64(again.keys.publicKey), certificate }]
    const signatureKey = toBase64(laptop.keys.publicKey)
    const about = { userId: 'ann', identityKey: old.identityKey, voucherId: 'phone', deviceId: 'laptop', signatureKey }
    const said = toBase64(await sign(again.keys.privateKey, bytesToVouch(about)))
    const identityKey = toBase64(renewed.publicKey)
    expect(await isGood({ ...laptop.credential, identityKey, chain, certificate: said }, laptop)).toBe(false)
  })

  it('goes in no circle', async () => {
    const keys = laptop.keys
    const again = await vouch(tablet, { userId: 'ann', deviceId: 'laptop', publicKey: keys.publicKey })
    expect(await isGood({ userId: 'ann', deviceId: 'laptop', ...again }, laptop)).toBe(false)
  })

  it('ends after a few: the last one approves nobody', async () => {
    let last = phone
    for (let n = 1; n <= longestChain; n += 1) last = await approvedBy(last, `device-${n}`)
    expect(await isGood(last.credential, last)).toBe(true)
    expect(parseDeviceCredential(encodeDeviceCredential(last.credential))).toEqual(last.credential)
    expect(await codeOf(approvedBy(last, 'one-more'))).toBe('chain_too_long')
  })
})
