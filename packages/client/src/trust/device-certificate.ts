import { bytesToCertify, bytesToVouch, certificateChecks, type SignatureCheck } from '@backscroll/protocol/certificates'
import { type DeviceCredential, longestChain } from '@backscroll/protocol/device-credential'
import { createKeyPair, type KeyPair, sign, verify } from '../crypto/signatures.ts'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import type { SeenDevice } from './identity-pins.ts'

/** This device: its name, its certificate by the user, and the key that signs for it (also in MLS). */
export interface Device {
  readonly credential: DeviceCredential
  readonly keys: KeyPair
}

/** What makes a device the user's own. */
export type Certification = Pick<DeviceCredential, 'identityKey' | 'chain' | 'certificate'>

export interface UncertifiedDevice {
  readonly userId: string
  readonly deviceId: string
  readonly publicKey: Uint8Array
}

/** As everybody else sees it. */
export const seenAs = ({ credential: { userId, deviceId, identityKey }, keys }: Device): SeenDevice => ({
  ...{ userId, deviceId, identityKey },
  signatureKey: toBase64(keys.publicKey),
})

export const createDeviceKeys = (): Promise<KeyPair> => createKeyPair()

/** Makes a device the user's own: a base64 signature of the user's identity key. */
export const certify = async (identity: KeyPair, device: UncertifiedDevice): Promise<string> =>
  toBase64(await sign(identity.privateKey, bytesToCertify(device, device.publicKey)))

/** The same by the identity key, as a whole. */
export const certifyWhole = async (identity: KeyPair, device: UncertifiedDevice): Promise<Certification> => ({
  identityKey: toBase64(identity.publicKey),
  certificate: await certify(identity, device),
})

/** The same by another device of the user, whose chain it extends. Throws `chain_too_long`. */
export const vouch = async ({ credential, keys }: Device, device: UncertifiedDevice): Promise<Certification> => {
  const { userId, deviceId: voucherId, identityKey, chain = [], certificate } = credential
  if (chain.length >= longestChain) throw new E2eeError('chain_too_long', { deviceId: voucherId })
  const { deviceId } = device
  const bytes = bytesToVouch({ userId, identityKey, voucherId, deviceId, signatureKey: toBase64(device.publicKey) })
  return {
    identityKey,
    chain: [...chain, { deviceId: voucherId, signatureKey: toBase64(keys.publicKey), certificate }],
    certificate: toBase64(await sign(keys.privateKey, bytes)),
  }
}

/** Also false for bytes that are not a key or a signature. */
export const allGood = async (checks: readonly SignatureCheck[] | undefined): Promise<boolean> => {
  if (checks === undefined) return false
  const good = await Promise.all(
    checks.map(({ key, bytes, signature }) => verify(fromBase64(key), fromBase64(signature), bytes)),
  )
  return good.every((one) => one)
}

/**
 * Whether it is certified under the identity key that it names, for exactly this device and key. Does not say whose
 * identity key that is.
 */
export const isCertified = (credential: DeviceCredential, devicePublicKey: Uint8Array): Promise<boolean> =>
  allGood(certificateChecks(credential, toBase64(devicePublicKey)))
