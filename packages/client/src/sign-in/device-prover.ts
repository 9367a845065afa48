import { sha256 } from '@noble/hashes/sha2.js'
import type { KeyPair } from '../crypto/signatures.ts'
import { toBase64Url } from '../encoding/base64.ts'
import { owned, randomBytes, utf8 } from '../encoding/bytes.ts'

/** What a proof is for. */
export interface ProofSubject {
  readonly method: string
  /** Without its query. */
  readonly url: string
  /** The access token that goes with it. */
  readonly token?: string
  /** The server's nonce: of its time, or of this socket. */
  readonly nonce?: string | undefined
}

/** Shows that a request comes from this device: DPoP proofs (RFC 9449) by the device's key. */
export interface DeviceProver {
  prove(subject: ProofSubject): Promise<string>
}

const part = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)))

export const createDeviceProver = ({ publicKey, privateKey }: KeyPair, now: () => number): DeviceProver => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey) }
  const head = part({ typ: 'dpop+jwt', alg: 'EdDSA', jwk })
  let key: Promise<CryptoKey> | undefined
  return {
    prove: async ({ method, url, token, nonce }) => {
      key ??= crypto.subtle.importKey('pkcs8', owned(privateKey), 'Ed25519', false, ['sign'])
      const body = part({
        ...{ htm: method, htu: url, iat: Math.floor(now() / 1000), jti: toBase64Url(randomBytes(16)) },
        ...(token !== undefined && { ath: toBase64Url(sha256(utf8(token))) }),
        ...(nonce !== undefined && { nonce }),
      })
      const signature = await crypto.subtle.sign('Ed25519', await key, owned(utf8(`${head}.${body}`)))
      return `${head}.${body}.${toBase64Url(new Uint8Array(signature))}`
    },
  }
}
