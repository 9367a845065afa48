import { createKeyPair, type KeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import { toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import { createMlsEngine, type MlsEngine } from '../../../packages/client/src/mls/mls-engine.ts'
import {
  certify,
  createDeviceKeys,
  type Device,
  seenAs,
} from '../../../packages/client/src/trust/device-certificate.ts'
import { confirmIdentity } from '../../../packages/client/src/trust/identity-offers.ts'
import type { Pins, SeenDevice } from '../../../packages/client/src/trust/identity-pins.ts'
import type { TrustNotice } from '../../../packages/client/src/trust/trust-notices.ts'
import { noteSeen } from '../../../packages/client/src/trust/trust-on-first-use.ts'
import { createDevice } from './create-device.ts'

/** A device with its keys, its own trust, and an engine over it. */
export interface TestDevice {
  readonly name: string
  readonly identity: KeyPair
  readonly device: Device
  readonly engine: MlsEngine
  readonly notices: TrustNotice[]
  pins(): Pins
  see(seen: readonly SeenDevice[]): void
  confirm(userId: string, identityKey: string): void
}

const withEngine = (identity: KeyPair, device: Device): TestDevice => {
  const { userId, deviceId } = device.credential
  let { pins } = noteSeen(new Map(), [seenAs(device)])
  const notices: TrustNotice[] = []
  return {
    name: `${userId}/${deviceId}`,
    identity,
    device,
    notices,
    engine: createMlsEngine({ pins: () => pins, now: Date.now }),
    pins: () => pins,
    see: (seen) => {
      const change = noteSeen(pins, seen)
      pins = change.pins
      notices.push(...change.notices)
    },
    confirm: (user, key) => {
      pins = confirmIdentity(pins, user, key, false)
    },
  }
}

export const testDevice = async (userId: string, deviceId: string, identity?: KeyPair): Promise<TestDevice> => {
  const own = identity ?? (await createKeyPair())
  return withEngine(own, await createDevice(own, userId, deviceId))
}

/** A device whose certificate is by another key than the one it names. */
export const forgedDevice = async (userId: string, deviceId: string, identityKey: Uint8Array): Promise<TestDevice> => {
  const keys = await createDeviceKeys()
  const mallory = await createKeyPair()
  const certificate = await certify(mallory, { userId, deviceId, publicKey: keys.publicKey })
  return withEngine(mallory, {
    credential: { userId, deviceId, identityKey: toBase64(identityKey), certificate },
    keys,
  })
}

/** A key package as the server hands it out. */
export const claimFrom = async ({ device, engine }: TestDevice) => {
  const [own] = await engine.makeKeyPackages(device, 1, { lastResort: false })
  if (own === undefined) throw new Error('No key package was made')
  const { userId, deviceId } = device.credential
  return { own, claimed: { userId, deviceId, keyPackage: own.keyPackage } }
}
