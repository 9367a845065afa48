import { z } from 'zod'
import { base64 } from './base64.ts'

/** Which group begins, and who gave up the one before it. */
export interface GroupResetFacts {
  readonly conversationId: string
  /** Of the group that begins. */
  readonly generation: number
  readonly userId: string
  readonly deviceId: string
  /** Of the command. */
  readonly clientSeq: number
}

const domain = 'backscroll group reset v1'

/** What a device signs with its key to give up a group: domain and facts, each ended by a zero byte. None of them holds one. */
export const bytesOfGroupReset = (facts: GroupResetFacts): Uint8Array<ArrayBuffer> => {
  const { conversationId, generation, userId, deviceId, clientSeq } = facts
  return new TextEncoder().encode(
    [domain, conversationId, generation, userId, deviceId, clientSeq].map((part) => `${part}\0`).join(''),
  )
}

const longestCredential = 2800

/** That a device of a member gave up the group; each in base64. */
export const groupResetProof = z.strictObject({
  /** The device's MLS credential: the identity of its leaves. */
  credential: base64.max(longestCredential),
  /** Its Ed25519 public key. */
  signatureKey: base64.max(64),
  signature: base64.max(128),
})

export type GroupResetProof = z.output<typeof groupResetProof>
