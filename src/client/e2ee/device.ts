import { bytesToCertify, type DeviceCredential } from '../../protocol/device-credential.ts'
import { fromBase64, toBase64 } from '../base64.ts'
import { createKeyPair, type KeyPair, sign, verify } from './signatures.ts'

/** This device: its name, its certificate, and the key that signs for it (also in MLS). */
export interface Device {
  readonly credential: DeviceCredential
  readonly keys: KeyPair
}

export const createDeviceKeys = (): Promise<KeyPair> => createKeyPair()

/** Makes a device the user's own: base64 signature of his identity key. */
export const certify = async (
  identity: KeyPair,
  device: { readonly userId: string; readonly deviceId: string; readonly publicKey: Uint8Array },
): Promise<string> => toBase64(await sign(identity.privateKey, bytesToCertify(device, device.publicKey)))

/** A device with a new key, certified by the identity key that it holds. */
export const createDevice = async (identity: KeyPair, userId: string, deviceId: string): Promise<Device> => {
  const keys = await createDeviceKeys()
  const certificate = await certify(identity, { userId, deviceId, publicKey: keys.publicKey })
  return { credential: { userId, deviceId, identityKey: toBase64(identity.publicKey), certificate }, keys }
}

/** The certificate is by the identity key that it names, for exactly this device and key. Says nothing about whose identity key that is. */
export const isCertified = (credential: DeviceCredential, devicePublicKey: Uint8Array): Promise<boolean> =>
  verify(
    fromBase64(credential.identityKey),
    fromBase64(credential.certificate),
    bytesToCertify(credential, devicePublicKey),
  )
