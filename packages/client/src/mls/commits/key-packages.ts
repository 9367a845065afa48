import { encodeDeviceCredential } from '@backscroll/protocol/device-credential'
import {
  type Capabilities,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  type KeyPackage,
  type PrivateKeyPackage,
} from 'ts-mls'
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js'
import { toHex } from '../../encoding/bytes.ts'
import type { Device } from '../../trust/device-certificate.ts'
import { readMlsMessage } from '../library/mls-message.ts'
import { mlsSuite, suiteName } from '../library/mls-suite.ts'

/**
 * A key package with its private half. Keep it until a Welcome used it (one-time), or it has expired and was
 * replaced.
 */
export interface OwnKeyPackage {
  /** Hex of its MLS reference, by which a Welcome names it. */
  readonly id: string
  /** To be published: an MLSMessage. */
  readonly keyPackage: Uint8Array
  readonly initPrivateKey: Uint8Array
  readonly leafPrivateKey: Uint8Array
  readonly lastResort: boolean
  /** Seconds since the Unix epoch. */
  readonly notAfter: number
}

export interface KeyPackageOptions {
  readonly lastResort: boolean
  /** Seconds since the Unix epoch. */
  readonly now: number
}

const day = 24 * 60 * 60
/**
 * In seconds. Allows for a clock that is a day fast. Last-resort packages live longer, because a device that was
 * away can be added only with one.
 */
export const lifetimes = { before: day, oneTime: 90 * day, lastResort: 365 * day }

const capabilities: Capabilities = {
  versions: ['mls10'],
  ciphersuites: [suiteName],
  extensions: [],
  proposals: [],
  credentials: ['basic'],
}

const keyPackageId = async (keyPackage: KeyPackage): Promise<string> =>
  toHex(await makeKeyPackageRef(keyPackage, (await mlsSuite()).hash))

export interface MlsKeyPackage {
  readonly publicPackage: KeyPackage
  readonly privatePackage: PrivateKeyPackage
}

/** `notAfter`: seconds since the Unix epoch. */
export const generateFor = async (device: Device, now: number, notAfter: number): Promise<MlsKeyPackage> =>
  generateKeyPackageWithKey(
    { credentialType: 'basic', identity: encodeDeviceCredential(device.credential) },
    capabilities,
    { notBefore: BigInt(now - lifetimes.before), notAfter: BigInt(notAfter) },
    [],
    { publicKey: device.keys.publicKey, signKey: device.keys.privateKey },
    await mlsSuite(),
  )

const makeOne = async (device: Device, { lastResort, now }: KeyPackageOptions): Promise<OwnKeyPackage> => {
  const notAfter = now + (lastResort ? lifetimes.lastResort : lifetimes.oneTime)
  const { publicPackage, privatePackage } = await generateFor(device, now, notAfter)
  return {
    id: await keyPackageId(publicPackage),
    keyPackage: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage }),
    initPrivateKey: privatePackage.initPrivateKey,
    leafPrivateKey: privatePackage.hpkePrivateKey,
    lastResort,
    notAfter,
  }
}

/**
 * Whether the key package in an MLSMessage has expired, with `now` in milliseconds since the Unix epoch. Throws
 * `malformed`.
 */
export const hasExpired = (keyPackage: Uint8Array, now: number): boolean => {
  const { leafNode } = readMlsMessage(keyPackage, 'mls_key_package').keyPackage
  return Number(leafNode.lifetime.notAfter) * 1000 <= now
}

export const makeKeyPackages = async (
  device: Device,
  count: number,
  options: KeyPackageOptions,
): Promise<readonly OwnKeyPackage[]> => {
  const made: OwnKeyPackage[] = []
  for (let n = 0; n < count; n += 1) made.push(await makeOne(device, options))
  return made
}
