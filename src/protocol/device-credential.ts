import { z } from 'zod'
import { deviceId, userId } from './ids.ts'

/** Who a device is: the identity of its MLS basic credential, the same bytes for clients and server. */
export interface DeviceCredential {
  readonly userId: string
  readonly deviceId: string
  /** Ed25519 public key of the user, base64 of 32 bytes. */
  readonly identityKey: string
  /** Ed25519 signature of the user over `bytesToCertify`, base64 of 64 bytes. */
  readonly certificate: string
}

const base64Of = (bytes: number) =>
  z.base64().refine((text) => Math.floor((text.replace(/=+$/, '').length * 3) / 4) === bytes, `must be ${bytes} bytes`)

const credential = z.strictObject({
  v: z.literal(1),
  userId,
  deviceId,
  identityKey: base64Of(32),
  certificate: base64Of(64),
})

/** A credential is about 330 bytes; far more is an attack. */
const maximumBytes = 1024

/** Canonical: the same credential always has the same bytes. */
export const encodeDeviceCredential = (value: DeviceCredential): Uint8Array<ArrayBuffer> => {
  const { userId, deviceId, identityKey, certificate } = value
  return new TextEncoder().encode(JSON.stringify({ v: 1, userId, deviceId, identityKey, certificate }))
}

const readJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

/** `undefined` for bytes that are not exactly what `encodeDeviceCredential` makes. The certificate is not checked. */
export const parseDeviceCredential = (bytes: Uint8Array): DeviceCredential | undefined => {
  if (bytes.length > maximumBytes) return undefined
  const parsed = credential.safeParse(readJson(bytes))
  if (!parsed.success) return undefined
  const { v: _version, ...value } = parsed.data
  return sameBytes(encodeDeviceCredential(value), bytes) ? value : undefined
}

const domain = 'backscroll device certificate v1'

/**
 * What a user's identity key signs to make a device his: domain, user id, device id, each ended by a zero byte, then the device's
 * Ed25519 public key of 32 bytes. Ids hold no zero byte, so no two devices share these bytes.
 */
export const bytesToCertify = (
  device: Pick<DeviceCredential, 'userId' | 'deviceId'>,
  devicePublicKey: Uint8Array,
): Uint8Array<ArrayBuffer> => {
  const head = new TextEncoder().encode(`${domain}\0${device.userId}\0${device.deviceId}\0`)
  const bytes = new Uint8Array(head.length + devicePublicKey.length)
  bytes.set(head)
  bytes.set(devicePublicKey, head.length)
  return bytes
}
