import { owned } from '../encoding/bytes.ts'

/**
 * The key of an encrypted store: an HKDF key, from which the keys for names and for values are derived. A `CryptoKey`,
 * which the types of Node know only by what makes one.
 */
export type StoreKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/**
 * `secret`: at least 32 random bytes that the application stores where its platform stores secrets (keychain,
 * environment of a bot).
 */
export const importStoreKey = (secret: Uint8Array): Promise<StoreKey> => {
  if (secret.length < 32) throw new RangeError('A store key has at least 32 bytes')
  return crypto.subtle.importKey('raw', owned(secret), 'HKDF', false, ['deriveKey'])
}
