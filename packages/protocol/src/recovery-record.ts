import { z } from 'zod'
import { signature } from './device-credential.ts'

/**
 * What a recovery key opens, signed by the identity key: a device that has only its own key cannot replace it. The
 * number grows, so that nobody brings back a record that was replaced.
 */
export const recoveryRecord = z.strictObject({
  blob: z.base64().min(4).max(16_384).describe('Opaque bytes.'),
  number: z.int().min(1).describe('Larger than the number of the record before.'),
  signature: signature.describe('Signed by the identity key.'),
})

export type RecoveryRecord = z.output<typeof recoveryRecord>

export interface RecoveryOwner {
  readonly userId: string
  /** Base64. */
  readonly identityKey: string
}

/** A domain, a zero byte, and the record as JSON without spaces. */
export const bytesOfRecovery = (
  { userId, identityKey }: RecoveryOwner,
  { number, blob }: Omit<RecoveryRecord, 'signature'>,
): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`backscroll recovery record v1\0${JSON.stringify([userId, identityKey, number, blob])}`)
