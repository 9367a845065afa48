import { sha512 } from '@noble/hashes/sha2.js'
import { createKeyPair, type KeyPair } from '../crypto/signatures.ts'
import { fromBase64 } from '../encoding/base64.ts'
import { concat, utf8 } from '../encoding/bytes.ts'

/** The key that makes devices the user's own. Its private half leaves the user's devices only in encrypted form. */
export const createIdentity = (): Promise<KeyPair> => createKeyPair()

/** A user and the user's identity key: base64 of 32 bytes. */
export interface IdentityOwner {
  readonly userId: string
  readonly identityKey: string
}

/** The number of rounds that Signal uses. It makes a search for a key with nearly the same number slow. */
const rounds = 5200
const version = utf8('backscroll safety number v1\0')

const fingerprint = ({ userId, identityKey }: IdentityOwner): Uint8Array => {
  const key = fromBase64(identityKey)
  let hash = sha512(concat(version, key, utf8(userId)))
  for (let round = 1; round < rounds; round += 1) hash = sha512(concat(hash, key))
  return hash
}

/** Five digits from five bytes, six times: 30 digits. */
const digits = (hash: Uint8Array): readonly string[] =>
  Array.from({ length: 6 }, (_, group) => {
    const number = hash.subarray(group * 5, group * 5 + 5).reduce((sum, byte) => sum * 256 + byte, 0)
    return String(number % 100_000).padStart(5, '0')
  })

/**
 * Sixty digits in twelve groups of five, the same for both: two people who compare them, face to face or in a call,
 * know that the server gave neither a false key for the other.
 */
export const safetyNumber = (one: IdentityOwner, other: IdentityOwner): string =>
  [digits(fingerprint(one)).join(' '), digits(fingerprint(other)).join(' ')].sort().join(' ')
