import type { DeviceCredential } from './device-credential.ts'

/** A signature to verify: base64 of the Ed25519 key and of the signature, and the bytes that it must cover. */
export interface SignatureCheck {
  readonly key: string
  readonly bytes: Uint8Array
  readonly signature: string
}

const domains = { certificate: 'backscroll device certificate v1', voucher: 'backscroll device voucher v1' } as const

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

/**
 * What a user's identity key signs to make a device the user's own: domain, user id, device id, each ended by a zero
 * byte, then the device's Ed25519 public key of 32 bytes. Ids hold no zero byte, so no two devices share these bytes.
 */
export const bytesToCertify = (
  device: Pick<DeviceCredential, 'userId' | 'deviceId'>,
  devicePublicKey: Uint8Array,
): Uint8Array<ArrayBuffer> => {
  const head = utf8(`${domains.certificate}\0${device.userId}\0${device.deviceId}\0`)
  const bytes = new Uint8Array(head.length + devicePublicKey.length)
  bytes.set(head)
  bytes.set(devicePublicKey, head.length)
  return bytes
}

export interface Vouching {
  readonly userId: string
  readonly identityKey: string
  readonly voucherId: string
  readonly deviceId: string
  /** Base64. */
  readonly signatureKey: string
}

/**
 * What a device signs to vouch for another device of the same user: domain, user id, identity key, its own id, the
 * other's id, each ended by a zero byte, then the other's public key; keys in base64. Under another identity key
 * the same bytes mean nothing.
 */
export const bytesToVouch = (vouching: Vouching): Uint8Array<ArrayBuffer> => {
  const { userId, identityKey, voucherId, deviceId, signatureKey } = vouching
  return utf8([domains.voucher, userId, identityKey, voucherId, deviceId, signatureKey].join('\0'))
}

/** A device that vouches for itself, in however many steps, does not count. */
const isCircle = ({ deviceId, chain = [] }: DeviceCredential): boolean =>
  new Set([deviceId, ...chain.map((one) => one.deviceId)]).size !== chain.length + 1

/** All signatures that must be valid for the identity key to confirm the device. Undefined for a circular chain. */
export const certificateChecks = (
  credential: DeviceCredential,
  signatureKey: string,
): readonly SignatureCheck[] | undefined => {
  if (isCircle(credential)) return undefined
  const { userId, deviceId, identityKey, chain = [], certificate } = credential
  const links = [...chain, { deviceId, signatureKey, certificate }]
  return links.map((link, at) => {
    const by = links[at - 1]
    const { signatureKey: key, deviceId: id, certificate: signature } = link
    if (by === undefined)
      return { key: identityKey, bytes: bytesToCertify({ userId, deviceId: id }, fromBase64(key)), signature }
    const vouching = { userId, identityKey, voucherId: by.deviceId, deviceId: id, signatureKey: key }
    return { key: by.signatureKey, bytes: bytesToVouch(vouching), signature }
  })
}
