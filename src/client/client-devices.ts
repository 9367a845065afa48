import { BackscrollError } from './backscroll-error.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { type ClientIdentities, createClientIdentities } from './client-identities.ts'
import type { DeviceProver } from './device-prover.ts'
import { certifyWhole } from './e2ee/device.ts'
import { createRecoveryKey, openIdentity, sealIdentity } from './e2ee/recovery.ts'
import type { KeyPair } from './e2ee/signatures.ts'
import type { DeviceList } from './groups/directory.ts'
import type { HistoryArchive } from './groups/history-archive.ts'
import type { MlsProtection } from './groups/mls-protection.ts'
import type { ApprovalAnswer, ApprovalRequest } from './groups/pairing.ts'

/** Keys, devices and trust: what people do by hand. All reject with `BackscrollError` or `E2eeError`. */
export interface ClientDevices extends HistoryArchive, ClientIdentities {
  /** Signs requests that the application makes by itself as this device; undefined until its first start has made its key. */
  prover(): DeviceProver | undefined
  /** The user's own devices, as the server tells. */
  devices(): Promise<DeviceList['devices']>
  renameDevice(deviceId: string, name: string | null): Promise<void>
  /** Its tokens are refused from now on, and every group removes it. */
  revokeDevice(deviceId: string): Promise<void>
  /** On a device that waits for an approval: resolves when another device of the user has answered. */
  requestApproval(): Promise<ApprovalRequest>
  /** On an approved device: the user's devices that wait. */
  approvalRequests(): Promise<readonly { readonly pairingId: string; readonly deviceId: string }[]>
  answerApproval(pairingId: string): Promise<ApprovalAnswer>
  /**
   * A new recovery key, to be shown once and kept on paper; it replaces the one before. From now on only it opens the identity key, which this device
   * forgets. A device that does not have the identity key needs `recoveryKey`, the one before: else `identity_key_needed`.
   */
  createRecoveryKey(options?: { readonly recoveryKey?: string }): Promise<string>
  /** Makes a new device the user's own without another one. Throws `bad_recovery_key`, `wrong_key`. */
  recover(recoveryKey: string): Promise<void>
}

export const createClientDevices = (
  me: { readonly userId: string; readonly deviceId: string },
  protection: MlsProtection,
): ClientDevices => {
  const { directory, enrolment, pairings } = protection
  const { userId, deviceId } = me

  const fromRecovery = async (recoveryKey: string): Promise<KeyPair> =>
    openIdentity(fromBase64(await directory.recovery()), userId, recoveryKey)

  /** The private half, from this device or out of the recovery record. */
  const identity = async (recoveryKey: string | undefined): Promise<KeyPair> => {
    enrolment.device()
    const here = enrolment.keys()?.identity
    if (here !== undefined) return here
    if (recoveryKey === undefined) throw new BackscrollError('identity_key_needed')
    return fromRecovery(recoveryKey)
  }
  return {
    ...createClientIdentities(me, protection),
    ...protection.history,
    prover: protection.prover,
    devices: async () => (await directory.devices()).devices,
    renameDevice: directory.rename,
    revokeDevice: directory.revoke,
    requestApproval: pairings.request,
    approvalRequests: pairings.waiting,
    answerApproval: pairings.answer,
    createRecoveryKey: async ({ recoveryKey } = {}) => {
      const key = createRecoveryKey()
      const sealed = await sealIdentity(await identity(recoveryKey), userId, key)
      await directory.putRecovery(toBase64(sealed))
      await enrolment.forgetIdentity()
      return key
    },
    recover: async (recoveryKey) => {
      const publicKey = enrolment.keys()?.keys.publicKey
      if (publicKey === undefined) throw new BackscrollError('not_approved')
      await enrolment.adopt(await certifyWhole(await fromRecovery(recoveryKey), { userId, deviceId, publicKey }))
    },
  }
}
