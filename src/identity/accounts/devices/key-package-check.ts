import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { parseDeviceCredential } from '@backscroll/protocol/device-credential'
import { createByteReader } from '../../../domain/mls/byte-reader.ts'
import { type KeyPackage, parseKeyPackage } from '../../../domain/mls/key-package.ts'
import type { Device } from '../../../ports/identity/device-records.ts'
import type { StoredKeyPackage } from '../../../ports/identity/key-directory.ts'
import { isSignatureOf, labelled } from './signatures.ts'

/** Why a key package is refused. */
export type KeyPackageFault =
  | 'not_a_key_package'
  | 'wrong_identity'
  | 'wrong_signature_key'
  | 'lifetime'
  | 'keys'
  | 'signature'

export type KeyPackageVerdict =
  | { readonly kind: 'good'; readonly stored: StoredKeyPackage }
  | { readonly kind: 'bad'; readonly fault: KeyPackageFault }

/** How far clocks may differ, in seconds. */
const skew = 3600n
/** A longer lifetime would make a key worth stealing; in seconds. */
const longestLifetime = 400n * 86_400n

const same = (bytes: Uint8Array, base64: string | null): boolean =>
  base64 !== null && Buffer.from(bytes).equals(Buffer.from(base64, 'base64'))

const namesDevice = ({ leaf }: KeyPackage, device: Device, identityKey: string): boolean => {
  const credential = parseDeviceCredential(leaf.identity)
  return (
    credential !== undefined &&
    credential.userId === device.userId &&
    credential.deviceId === device.deviceId &&
    credential.identityKey === identityKey &&
    credential.certificate === device.certificate &&
    isDeepStrictEqual(credential.chain ?? [], device.chain ?? [])
  )
}

const isTimely = ({ leaf: { lifetime } }: KeyPackage, nowMs: number): boolean => {
  const now = BigInt(Math.floor(nowMs / 1000))
  if (lifetime === undefined) return false
  const { notBefore, notAfter } = lifetime
  return notBefore <= now + skew && notAfter > now && notAfter - notBefore <= longestLifetime
}

/** Two different X25519 keys: RFC 9420, 10.1. */
const hasTwoKeys = ({ leaf, initKey }: KeyPackage): boolean => {
  const encryptionKey = createByteReader(leaf.signedBytes).vector()
  return initKey.length === 32 && encryptionKey.length === 32 && !Buffer.from(initKey).equals(encryptionKey)
}

const isSigned = ({ leaf, signedBytes, signature }: KeyPackage): boolean =>
  isSignatureOf(leaf.signatureKey, labelled('LeafNodeTBS', leaf.signedBytes), leaf.signature) &&
  isSignatureOf(leaf.signatureKey, labelled('KeyPackageTBS', signedBytes), signature)

const faultOf = (found: KeyPackage, device: Device, identityKey: string, now: number): KeyPackageFault | undefined => {
  if (!namesDevice(found, device, identityKey)) return 'wrong_identity'
  if (!same(found.leaf.signatureKey, device.signatureKey)) return 'wrong_signature_key'
  if (!isTimely(found, now)) return 'lifetime'
  if (!hasTwoKeys(found)) return 'keys'
  return isSigned(found) ? undefined : 'signature'
}

/**
 * Everything that the server can check of a key package: MLS 1.0, cipher suite 1, complete, the credential and the
 * signature key that the device registered, certified by the user's identity key, a finite lifetime that has begun
 * and lasts, signed twice. `now` in milliseconds.
 */
export const checkKeyPackage = (
  bytes: Uint8Array,
  device: Device,
  identityKey: string,
  lastResort: boolean,
  now: number,
): KeyPackageVerdict => {
  const found = parseKeyPackage(bytes)
  if (found === undefined) return { kind: 'bad', fault: 'not_a_key_package' }
  const fault = faultOf(found, device, identityKey, now)
  if (fault !== undefined) return { kind: 'bad', fault }
  const hash = createHash('sha256').update(bytes).digest('hex')
  const notAfter = Number(found.leaf.lifetime?.notAfter ?? 0n) * 1000
  return { kind: 'good', stored: { hash, keyPackage: Buffer.from(bytes).toString('base64'), notAfter, lastResort } }
}
