import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bytesToCertify } from '@backscroll/protocol/certificates'
import { encodeDeviceCredential } from '@backscroll/protocol/device-credential'
import { bytesOfRecovery } from '@backscroll/protocol/recovery-record'
import {
  type CiphersuiteImpl,
  defaultCapabilities,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  type Lifetime,
} from 'ts-mls'

export interface KeyPair {
  readonly privateKey: KeyObject
  /** 32 bytes. */
  readonly publicKey: Buffer
}

export const createKeyPair = (): KeyPair => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) }
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export interface TestDevice {
  readonly userId: string
  readonly deviceId: string
  readonly identity: KeyPair
  readonly keys: KeyPair
  /** The body of `POST /devices`. */
  readonly registration: { readonly signatureKey: string; readonly certificate: string; readonly identityKey: string }
}

/** A device with keys, certified by the user's identity key. */
export const createTestDevice = (userId: string, deviceId: string, identity = createKeyPair()): TestDevice => {
  const keys = createKeyPair()
  const certificate = sign(null, bytesToCertify({ userId, deviceId }, keys.publicKey), identity.privateKey)
  return {
    userId,
    deviceId,
    identity,
    keys,
    registration: {
      signatureKey: base64(keys.publicKey),
      certificate: base64(certificate),
      identityKey: base64(identity.publicKey),
    },
  }
}

/** The body of `PUT /me/recovery`. */
export const recordOf = ({ userId, identity, registration: { identityKey } }: TestDevice, blob: string, number = 1) => {
  const bytes = bytesOfRecovery({ userId, identityKey }, { blob, number })
  return { blob, number, signature: base64(sign(null, bytes, identity.privateKey)) }
}

let suite: Promise<CiphersuiteImpl> | undefined
const ourSuite = (): Promise<CiphersuiteImpl> => {
  suite ??= getCiphersuiteImpl(getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'))
  return suite
}

export interface KeyPackageOptions {
  readonly lifetime?: Lifetime
  /** Else the device's own. */
  readonly signWith?: KeyPair
  readonly identity?: Uint8Array
}

const hour = 3600n
const lasting = (): Lifetime => {
  const now = BigInt(Math.floor(Date.now() / 1000))
  return { notBefore: now - hour, notAfter: now + 30n * 24n * hour }
}

const privateBytes = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'pkcs8' }).subarray(-32)

/** A key package as a client makes it: an MLSMessage. */
export const createKeyPackage = async (device: TestDevice, options: KeyPackageOptions = {}): Promise<Uint8Array> => {
  const { userId, deviceId, registration } = device
  const { identityKey, certificate } = registration
  const keys = options.signWith ?? device.keys
  const identity = options.identity ?? encodeDeviceCredential({ userId, deviceId, identityKey, certificate })
  const { publicPackage } = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity },
    defaultCapabilities(),
    options.lifetime ?? lasting(),
    [],
    { signKey: privateBytes(keys.privateKey), publicKey: keys.publicKey },
    await ourSuite(),
  )
  return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage })
}
