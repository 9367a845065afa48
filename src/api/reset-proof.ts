import { isSignatureOf } from '../accounts/signatures.ts'
import type { Actor } from '../domain/ids.ts'
import { parseDeviceCredential } from '../protocol/device-credential.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { bytesOfGroupReset, type GroupResetFacts, type GroupResetProof } from '../protocol/group-reset.ts'

/** Whether this is the registered key of this device. */
export type IsDeviceKey = (device: Actor, signatureKey: Uint8Array) => Promise<boolean>

const mismatch = (message: string): ProtocolError => new ProtocolError('commit_mismatch', message)

/** Members believe a reset that a member's device has signed: one that they would refuse does not happen. Rejects with `commit_mismatch`. */
export const requireResetProof = async (
  isDeviceKey: IsDeviceKey | undefined,
  actor: Actor,
  facts: GroupResetFacts,
  { credential, signatureKey, signature }: GroupResetProof,
): Promise<void> => {
  const key = Buffer.from(signatureKey, 'base64')
  const named = parseDeviceCredential(Buffer.from(credential, 'base64'))
  if (named?.userId !== actor.userId || named.deviceId !== actor.deviceId)
    throw mismatch('the credential is not that of this device')
  if (!isSignatureOf(key, bytesOfGroupReset(facts), Buffer.from(signature, 'base64')))
    throw mismatch('the reset is not signed by this device')
  if (isDeviceKey !== undefined && !(await isDeviceKey(actor, key)))
    throw mismatch('the reset is signed by another key than the registered one')
}
