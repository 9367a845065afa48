import { z } from 'zod'
import { base64Of } from './base64.ts'
import { readCanonical } from './canonical-json.ts'
import { deviceId, userId } from './ids.ts'

/** A device that vouches for another: its key, and what makes it the user's own. Base64 of 32 and of 64 bytes. */
export interface Voucher {
  readonly deviceId: string
  readonly signatureKey: string
  readonly certificate: string
}

/** Identifies a device: the identity of its MLS basic credential, the same bytes for clients and server. */
export interface DeviceCredential {
  readonly userId: string
  readonly deviceId: string
  /** Ed25519 public key of the user, base64 of 32 bytes. */
  readonly identityKey: string
  /**
   * The chain from the device that the identity key certified to the one that certified this device. Absent if
   * the identity key did so itself.
   */
  readonly chain?: readonly Voucher[]
  /** Ed25519 signature of the last device in the chain, or of the identity key where there is none. Base64 of 64 bytes. */
  readonly certificate: string
}

/** A longer chain is refused: the device at its end approves nobody. */
export const longestChain = 4

export const publicKey = base64Of(32)
export const signature = base64Of(64)

export const voucher = z.strictObject({ deviceId, signatureKey: publicKey, certificate: signature })
export const voucherChain = z.array(voucher).min(1).max(longestChain)

const head = { userId, deviceId, identityKey: publicKey }
const credential = z.discriminatedUnion('v', [
  z.strictObject({ v: z.literal(1), ...head, certificate: signature }),
  z.strictObject({ v: z.literal(2), ...head, chain: voucherChain, certificate: signature }),
])

/** A credential has about 330 bytes, a voucher at most 260; far more is an attack. */
const maximumBytes = 2048

const canonicalVoucher = ({ deviceId, signatureKey, certificate }: Voucher): Voucher => ({
  deviceId,
  signatureKey,
  certificate,
})

/** Canonical: the same credential always has the same bytes. */
export const encodeDeviceCredential = (value: DeviceCredential): Uint8Array<ArrayBuffer> => {
  const { userId, deviceId, identityKey, chain = [], certificate } = value
  const vouched = chain.length > 0 ? { chain: chain.map(canonicalVoucher) } : {}
  const json = { v: chain.length > 0 ? 2 : 1, userId, deviceId, identityKey, ...vouched, certificate }
  return new TextEncoder().encode(JSON.stringify(json))
}

const credentialIn = (json: unknown): DeviceCredential | undefined => {
  const parsed = credential.safeParse(json)
  if (!parsed.success) return undefined
  const { v: _version, ...value } = parsed.data
  return value
}

/** `undefined` for bytes that differ from what `encodeDeviceCredential` makes. Verifies no signature. */
export const parseDeviceCredential = (bytes: Uint8Array): DeviceCredential | undefined => {
  if (bytes.length > maximumBytes) return undefined
  return readCanonical(bytes, credentialIn, encodeDeviceCredential)
}
