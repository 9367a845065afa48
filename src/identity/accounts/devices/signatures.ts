import { createPublicKey, verify } from 'node:crypto'
import type { SignatureCheck } from '@backscroll/protocol/certificates'

/** The X.509 wrapping of an Ed25519 public key of 32 bytes (RFC 8410). */
const wrapping = Buffer.from('302a300506032b6570032100', 'hex')

/** Is this the Ed25519 signature over `bytes`? Also false for anything that is not a key or a signature. */
export const isSignatureOf = (publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    const key = createPublicKey({ key: Buffer.concat([wrapping, publicKey]), format: 'der', type: 'spki' })
    return verify(null, bytes, key, signature)
  } catch {
    return false
  }
}

const bytesOf = (base64: string): Uint8Array => Buffer.from(base64, 'base64')

/** Also false where there is nothing to check. */
export const areGood = (checks: readonly SignatureCheck[] | undefined): boolean =>
  checks?.every(({ key, bytes, signature }) => isSignatureOf(bytesOf(key), bytes, bytesOf(signature))) ?? false

/** QUIC-style length, as RFC 9420 writes vectors. */
const vector = (bytes: Uint8Array): Buffer => {
  const { length } = bytes
  if (length < 64) return Buffer.concat([Buffer.of(length), bytes])
  const head = Buffer.alloc(length < 0x4000 ? 2 : 4)
  if (length < 0x4000) head.writeUInt16BE(0x4000 | length)
  else head.writeUInt32BE((0x80000000 | length) >>> 0)
  return Buffer.concat([head, bytes])
}

/** What RFC 9420, 5.1.2 signs under a label. */
export const labelled = (label: string, content: Uint8Array): Buffer =>
  Buffer.concat([vector(Buffer.from(`MLS 1.0 ${label}`)), vector(content)])
