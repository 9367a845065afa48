import { randomUUID } from 'node:crypto'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import { createKeyPair, type KeyPair } from '../../../packages/client/src/crypto/signatures.ts'
import { keysRecord, ownKeysOf } from '../../../packages/client/src/devices/device-keys.ts'
import { fromBase64, toBase64 } from '../../../packages/client/src/encoding/base64.ts'
import type { OwnKeyPackage } from '../../../packages/client/src/mls/commits/key-packages.ts'
import { createMlsEngine } from '../../../packages/client/src/mls/mls-engine.ts'
import { createDeviceProver } from '../../../packages/client/src/sign-in/device-prover.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import {
  type Certification,
  certifyWhole,
  createDeviceKeys,
  seenAs,
  type UncertifiedDevice,
  vouch,
} from '../../../packages/client/src/trust/device-certificate.ts'
import { revokeByIdentity, succeed } from '../../../packages/client/src/trust/signed-statements.ts'
import { noteSeen } from '../../../packages/client/src/trust/trust-on-first-use.ts'
import type { ClientWorld } from '../client/client-world.ts'
import { forgedDevice, type TestDevice, testDevice } from '../e2ee/device.ts'
import { callerOf } from '../server/rest.ts'

type Who = Pick<TestDevice, 'device' | 'engine'>

/** A device in the colluder's hands. `reader`: who is able to read by it; nobody is shown a ghost. A stolen one is called `user/device`. */
export interface Puppet {
  readonly reader: string
  readonly who: Who
  readonly packages: OwnKeyPackage[]
}

export const puppetOf = async (reader: string, who: Who, count = 1): Promise<Puppet> => {
  const { device, engine } = who
  const oneTime = await engine.makeKeyPackages(device, count, { lastResort: false })
  const last = await engine.makeKeyPackages(device, 1, { lastResort: true })
  return { reader, who, packages: [...oneTime, ...last] }
}

/** Registers the device and its key packages with the true server. Answers how it asks for more. */
export const enrolPuppet = async (world: ClientWorld, { who: { device }, packages }: Puppet) => {
  const { userId, deviceId, identityKey, certificate, chain } = device.credential
  const rest = callerOf(world.url(), await world.token(userId, deviceId), createDeviceProver(device.keys, Date.now))
  const signatureKey = toBase64(device.keys.publicKey)
  await rest('POST', '/devices', { signatureKey, certificate, identityKey, ...(chain && { chain }) })
  await rest('POST', `/devices/${deviceId}/key-packages`, {
    keyPackages: packages.filter((one) => !one.lastResort).map(({ keyPackage }) => toBase64(keyPackage)),
    lastResort: toBase64(packages.find((one) => one.lastResort)?.keyPackage ?? new Uint8Array()),
  })
  return rest
}

/** What a thief finds in the store of somebody's first device: it has the identity key until a recovery key is made. */
export interface Found {
  readonly userId: string
  readonly deviceId: string
  readonly identity: KeyPair
}

export const foundIn = async (store: ClientStore, me: Omit<Found, 'identity'>): Promise<Found> => {
  const { identity } = ownKeysOf(me, keysRecord.parse((await store.load()).get('device')))
  if (identity === undefined) throw new Error('The identity key is not on this device')
  return { ...me, identity }
}

const certifiedBy = async (
  userId: string,
  deviceId: string,
  certification: (device: UncertifiedDevice) => Promise<Certification>,
): Promise<Who> => {
  const keys = await createDeviceKeys()
  const certified = await certification({ userId, deviceId, publicKey: keys.publicKey })
  const device = { credential: { userId, deviceId, ...certified }, keys }
  const { pins } = noteSeen(new Map(), [seenAs(device)])
  return { device, engine: createMlsEngine({ pins: () => pins, now: Date.now }) }
}

/** A device of the user's that a thief has. By its word there is a second key for the user's other device. */
export const stolenFrom = async ({ userId, deviceId, identity }: Found) => {
  const id = `stolen-${randomUUID().slice(0, 8)}`
  const stolen = await certifiedBy(userId, id, (device) => certifyWhole(identity, device))
  const second = await certifiedBy(userId, deviceId, (device) => vouch(stolen.device, device))
  return { stolen: await puppetOf(`${userId}/${id}`, stolen, 3), second: await puppetOf('ghost', second) }
}

/** Devices that call themselves this user's: one that the user's key has not certified, and one of another identity key. */
export const impersonating = async (userId: string, identityKey: string) => {
  const other = await testDevice(userId, 'ghost')
  const forged = await forgedDevice(userId, 'ghost', fromBase64(identityKey))
  const { deviceId } = other.device.credential
  const { publicKey } = other.device.keys
  const kept = [{ deviceId, signatureKey: toBase64(publicKey), publicKey }]
  // Signed by a key that is not the user's.
  const from = { ...(await createKeyPair()), publicKey: fromBase64(identityKey) }
  const statements: readonly IdentityStatement[] = [
    await succeed({ userId, from, to: other.identity, number: 1, kept }),
    await revokeByIdentity(from, userId, { revoked: ['one'], kept: [] }),
  ]
  return { puppets: [await puppetOf('ghost', forged), await puppetOf('ghost', other)], statements }
}
