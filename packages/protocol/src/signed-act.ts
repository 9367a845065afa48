import { z } from 'zod'
import { base64 } from './base64.ts'

/** What a device signs with its key of what it does: a domain and facts, each ended by a zero byte. None of them holds one. */
export const bytesOfAct = (domain: string, facts: readonly (string | number)[]): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode([domain, ...facts].map((part) => `${part}\0`).join(''))

const longestCredential = 2800

/** That a member's device did something, by its key; each in base64. It travels with the event, and other devices check it. */
export const actProof = z.strictObject({
  /** The device's MLS credential: the identity of its leaves. */
  credential: base64.max(longestCredential),
  /** Its Ed25519 public key. */
  signatureKey: base64.max(64),
  signature: base64.max(128),
})

export type ActProof = z.output<typeof actProof>
