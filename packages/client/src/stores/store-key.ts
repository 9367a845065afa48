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

/** Where a key is kept, for as many devices as have their stores under it. */
export interface KeptKey {
  /** A device's store is under it. */
  use(device: string): Promise<void>
  /** It is not any more: the key of no device is deleted. */
  drop(device: string): Promise<void>
}

const kept = new WeakMap<StoreKey, KeptKey>()
/** Undefined for a key that the application keeps by itself. */
export const keptKey = (key: StoreKey): KeptKey | undefined => kept.get(key)
export const noteKept = (key: StoreKey, where: KeptKey): void => void kept.set(key, where)
