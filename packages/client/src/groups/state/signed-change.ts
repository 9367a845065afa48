import { encodeDeviceCredential } from '@backscroll/protocol/device-credential'
import type { ActProof } from '@backscroll/protocol/signed-act'
import { sign, verify } from '../../crypto/signatures.ts'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { MlsEngine } from '../../mls/mls-engine.ts'
import type { Device } from '../../trust/device-certificate.ts'
import { deviceName } from './group-context.ts'

export const signAct = async ({ credential, keys }: Device, bytes: Uint8Array): Promise<ActProof> => ({
  credential: toBase64(encodeDeviceCredential(credential)),
  signatureKey: toBase64(keys.publicKey),
  signature: toBase64(await sign(keys.privateKey, bytes)),
})

/**
 * Whether this device has signed it, and counts as its user's. Throws as a commit with this device would, otherwise
 * `unauthorised_device`.
 */
export const requireSigned = async (
  engine: Pick<MlsEngine, 'checkDevice'>,
  actor: { readonly userId: string; readonly deviceId: string },
  { credential, signatureKey, signature }: ActProof,
  bytes: Uint8Array,
): Promise<void> => {
  const key = fromBase64(signatureKey)
  const device = await engine.checkDevice(fromBase64(credential), key)
  const isSigned = await verify(key, fromBase64(signature), bytes)
  const { userId, deviceId } = actor
  if (!isSigned || deviceName(device) !== deviceName(actor))
    throw new E2eeError('unauthorised_device', { userId, deviceId })
}
