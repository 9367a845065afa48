import { type Bytes, owned } from '../encoding/bytes.ts'

/** An Ed25519 key pair. `privateKey` is PKCS #8 DER, as WebCrypto exports it. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

export const createKeyPair = async (): Promise<KeyPair> => {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  return {
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
    privateKey: new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey)),
  }
}

export const sign = async (privateKey: Uint8Array, bytes: Uint8Array): Promise<Bytes> => {
  const key = await crypto.subtle.importKey('pkcs8', owned(privateKey), 'Ed25519', false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('Ed25519', key, owned(bytes)))
}

/** Also false for bytes that are not a key. */
export const verify = async (publicKey: Uint8Array, signature: Uint8Array, bytes: Uint8Array): Promise<boolean> => {
  try {
    const key = await crypto.subtle.importKey('raw', owned(publicKey), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, owned(signature), owned(bytes))
  } catch {
    return false
  }
}
