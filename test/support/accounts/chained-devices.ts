import { createPrivateKey } from 'node:crypto'
import { bytesOfRecovery } from '@backscroll/protocol/recovery-record'
import { createKeyPair, type KeyPair, sign } from '../../../packages/client/src/crypto/signatures.ts'
import { toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import {
  certifyWhole,
  createDeviceKeys,
  type Device,
  type UncertifiedDevice,
  vouch,
} from '../../../packages/client/src/trust/device-certificate.ts'
import type { NamedDevice } from '../../../packages/client/src/trust/signed-statements.ts'

/** A user's identity key and devices, certified by it or by one another, as their clients make them. */
export const createChainedDevices = async (userId: string, identity?: KeyPair) => {
  const key = identity ?? (await createKeyPair())
  const make = async (deviceId: string, certify: (device: UncertifiedDevice) => ReturnType<typeof certifyWhole>) => {
    const keys = await createDeviceKeys()
    const certification = await certify({ userId, deviceId, publicKey: keys.publicKey })
    return { credential: { userId, deviceId, ...certification }, keys }
  }
  return {
    identity: key,
    /** Certified by the identity key. */
    first: (deviceId: string): Promise<Device> => make(deviceId, (one) => certifyWhole(key, one)),
    /** Certified by another device. */
    approved: (by: Device, deviceId: string): Promise<Device> => make(deviceId, (one) => vouch(by, one)),
  }
}

export const signatureKeyOf = ({ keys }: Device): string => toBase64(keys.publicKey)

export const named = (device: Device): NamedDevice & { readonly publicKey: Uint8Array } => ({
  deviceId: device.credential.deviceId,
  signatureKey: signatureKeyOf(device),
  publicKey: device.keys.publicKey,
})

/** For proofs of its key. */
export const signingOf = ({ keys: { publicKey, privateKey } }: Device) => ({
  keys: {
    publicKey: Buffer.from(publicKey),
    privateKey: createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' }),
  },
})

/** The body of `PUT /me/recovery`. */
export const recordBy = async (identity: KeyPair, userId: string, blob: string, number = 1) => {
  const bytes = bytesOfRecovery({ userId, identityKey: toBase64(identity.publicKey) }, { blob, number })
  return { blob, number, signature: toBase64(await sign(identity.privateKey, bytes)) }
}

/** The body of `POST /devices`. */
export const registrationOf = (device: Device) => {
  const { identityKey, chain, certificate } = device.credential
  return { signatureKey: signatureKeyOf(device), identityKey, ...(chain && { chain }), certificate }
}
