import { type Bytes, concat, owned, randomBytes } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'

const nonceLength = 12

/** An AES-256-GCM key from secret bytes of high entropy; `info` separates keys of different uses. */
export const deriveAesKey = async (secret: Uint8Array, salt: Uint8Array, info: string): Promise<CryptoKey> => {
  const base = await crypto.subtle.importKey('raw', owned(secret), 'HKDF', false, ['deriveKey'])
  return aesFrom(base, salt, info)
}

export const aesFrom = (base: CryptoKey, salt: Uint8Array, info: string): Promise<CryptoKey> =>
  crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: owned(salt), info: new TextEncoder().encode(info) },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )

/** A random nonce of 12 bytes, then the ciphertext with its tag. */
export const seal = async (key: CryptoKey, plaintext: Uint8Array, aad: Uint8Array): Promise<Bytes> => {
  const iv = randomBytes(nonceLength)
  const parameters = { name: 'AES-GCM', iv, additionalData: owned(aad) }
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(parameters, key, owned(plaintext))))
}

/** Throws `wrong_key`: another key, other `aad`, or damage. */
export const open = async (key: CryptoKey, sealed: Uint8Array, aad: Uint8Array): Promise<Bytes> => {
  const iv = owned(sealed.subarray(0, nonceLength))
  const parameters = { name: 'AES-GCM', iv, additionalData: owned(aad) }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, owned(sealed.subarray(nonceLength))))
  } catch (thrown) {
    throw new E2eeError('wrong_key', {}, thrown)
  }
}
