import { z } from 'zod'
import { base64 } from './base64.ts'

/** What a device signs about its own act: a domain and facts, each ended by a zero byte. None of them contains one. */
export const bytesOfAct = (domain: string, facts: readonly (string | number)[]): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode([domain, ...facts].map((part) => `${part}\0`).join(''))

const longestCredential = 2800

/**
 * Shows, by its key, that a member's device did something; each field in base64. It travels with the event, and
 * other devices verify it.
 */
export const actProof = z.strictObject({
  /** The device's MLS credential: the identity of its leaves. */
  credential: base64.max(longestCredential),
  /** Its Ed25519 public key. */
  signatureKey: base64.max(64),
  signature: base64.max(128),
})

export type ActProof = z.output<typeof actProof>
