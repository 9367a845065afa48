import { parseDeviceCredential } from '@backscroll/protocol/device-credential'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { ActProof } from '@backscroll/protocol/signed-act'
import type { Actor } from '../../domain/ids.ts'
import { isSignatureOf } from '../../identity/accounts/devices/signatures.ts'

/** Whether this is the registered key of this device. */
export type IsDeviceKey = (device: Actor, signatureKey: Uint8Array) => Promise<boolean>

const mismatch = (message: string): ProtocolError => new ProtocolError('commit_mismatch', message)

/**
 * Members believe what a member's device has signed: what they would refuse is refused here. Rejects with
 * `commit_mismatch`.
 */
export const requireActProof = async (
  isDeviceKey: IsDeviceKey | undefined,
  actor: Actor,
  bytes: Uint8Array,
  { credential, signatureKey, signature }: ActProof,
): Promise<void> => {
  const key = Buffer.from(signatureKey, 'base64')
  const named = parseDeviceCredential(Buffer.from(credential, 'base64'))
  if (named?.userId !== actor.userId || named.deviceId !== actor.deviceId)
    throw mismatch('the credential belongs to another device')
  if (!isSignatureOf(key, bytes, Buffer.from(signature, 'base64')))
    throw mismatch('the signature is not by this device, or covers something else')
  if (isDeviceKey !== undefined && !(await isDeviceKey(actor, key)))
    throw mismatch('the signing key is not the registered one')
}
