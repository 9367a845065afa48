import type { KeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import { certifyWhole, createDeviceKeys, type Device } from '../../../packages/client/src/trust/device-certificate.ts'

/** A device with a new key, certified by the identity key. */
export const createDevice = async (identity: KeyPair, userId: string, deviceId: string): Promise<Device> => {
  const keys = await createDeviceKeys()
  const certification = await certifyWhole(identity, { userId, deviceId, publicKey: keys.publicKey })
  return { credential: { userId, deviceId, ...certification }, keys }
}
