import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type CiphersuiteImpl, defaultCryptoProvider, getCiphersuiteFromName } from 'ts-mls'
import { equalBytes } from '../../encoding/bytes.ts'

/** RFC 9420 cipher suite 1. */
export const suiteName = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'

/**
 * HPKE, AEAD and Ed25519 by WebCrypto; SHA-256, HMAC and HKDF by synchronous code: a large group needs tens of
 * thousands of tiny hashes, each of which would wait for a thread. This is four times faster.
 */
const createSuite = async (): Promise<CiphersuiteImpl> => ({
  ...(await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(suiteName))),
  hash: {
    digest: async (data) => sha256(data),
    mac: async (key, data) => hmac(sha256, key, data),
    verifyMac: async (key, mac, data) => equalBytes(hmac(sha256, key, data), mac),
  },
  kdf: {
    size: 32,
    extract: async (salt, ikm) => extract(sha256, ikm, salt),
    expand: async (prk, info, length) => expand(sha256, prk, info, length),
  },
})

let made: Promise<CiphersuiteImpl> | undefined

/** One for the process, because it has no state. */
export const mlsSuite = (): Promise<CiphersuiteImpl> => {
  made ??= createSuite()
  return made
}
