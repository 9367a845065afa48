import { certifyWhole, createDeviceKeys, type Device } from '../../src/client/e2ee/device.ts'
import type { KeyPair } from '../../src/client/e2ee/signatures.ts'

/** A device with a new key, certified by the identity key. */
export const createDevice = async (identity: KeyPair, userId: string, deviceId: string): Promise<Device> => {
  const keys = await createDeviceKeys()
  const certification = await certifyWhole(identity, { userId, deviceId, publicKey: keys.publicKey })
  return { credential: { userId, deviceId, ...certification }, keys }
}
