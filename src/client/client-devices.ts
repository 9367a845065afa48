import { BackscrollError } from './backscroll-error.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { safetyNumber } from './e2ee/identity.ts'
import { createRecoveryKey, openIdentity, sealIdentity } from './e2ee/recovery.ts'
import type { DeviceList } from './groups/directory.ts'
import type { HistoryArchive } from './groups/history-archive.ts'
import type { MlsProtection } from './groups/mls-protection.ts'
import type { ApprovalAnswer, ApprovalRequest } from './groups/pairing.ts'

/** What this device knows about a person's identity key. */
export interface KnownIdentity {
  /** Sixty digits, the same for both people: who compares them knows that nobody sits in between. */
  readonly safetyNumber: string
  /** A person said that they are equal. */
  readonly verified: boolean
  /** Another key was offered since: nothing goes to this user until `acceptIdentity`. */
  readonly changed: boolean
  readonly devices: readonly string[]
}

/** Keys, devices and trust: what people do by hand. All reject with `BackscrollError` or `E2eeError`. */
export interface ClientDevices extends HistoryArchive {
  /** The user's own devices, as the server tells. */
  devices(): Promise<DeviceList['devices']>
  renameDevice(deviceId: string, name: string | null): Promise<void>
  /** Its tokens are refused from now on, and every group removes it. */
  revokeDevice(deviceId: string): Promise<void>
  /** Undefined for somebody whom this device has not met yet. */
  identityOf(userId: string): KnownIdentity | undefined
  /** The two people have compared their safety numbers. */
  verifyIdentity(userId: string): Promise<void>
  /** The user's new key is trusted from now on; `verified`: safety numbers were compared. */
  acceptIdentity(userId: string, verified?: boolean): Promise<void>
  /** On a device that waits for an approval: resolves when another device of the user has answered. */
  requestApproval(): Promise<ApprovalRequest>
  /** On an approved device: the user's devices that wait. */
  approvalRequests(): Promise<readonly { readonly pairingId: string; readonly deviceId: string }[]>
  answerApproval(pairingId: string): Promise<ApprovalAnswer>
  /** A new recovery key, to be shown once and kept on paper; it replaces the one before. */
  createRecoveryKey(): Promise<string>
  /** Makes a new device the user's own without another one. Throws `bad_recovery_key`, `wrong_key`. */
  recover(recoveryKey: string): Promise<void>
}

export const createClientDevices = (me: { readonly userId: string }, protection: MlsProtection): ClientDevices => {
  const { directory, enrolment, pairings, trust, write } = protection
  const { userId: own } = me

  const identity = () => {
    const found = enrolment.keys()?.identity
    if (found === undefined) throw new BackscrollError('not_approved')
    return found
  }
  const pinOf = (userId: string) => {
    const pin = trust.pins().get(userId)
    if (pin === undefined) throw new BackscrollError('not_found')
    return pin
  }
  return {
    devices: async () => (await directory.devices()).devices,
    renameDevice: directory.rename,
    revokeDevice: directory.revoke,
    identityOf: (userId) => {
      const pin = trust.pins().get(userId)
      if (pin === undefined) return undefined
      const mine = { userId: own, identityKey: toBase64(identity().publicKey) }
      const { identityKey, verified, offered, devices } = pin
      return {
        safetyNumber: safetyNumber(mine, { userId, identityKey }),
        verified,
        changed: offered !== undefined,
        devices,
      }
    },
    verifyIdentity: (userId) => write(trust.confirm(userId, pinOf(userId).identityKey, true)),
    acceptIdentity: async (userId, verified = false) => {
      const { offered, identityKey } = pinOf(userId)
      await write(trust.confirm(userId, offered ?? identityKey, verified))
      protection.comeBack()
    },
    ...protection.history,
    requestApproval: pairings.request,
    approvalRequests: pairings.waiting,
    answerApproval: pairings.answer,
    createRecoveryKey: async () => {
      const key = createRecoveryKey()
      await directory.putRecovery(toBase64(await sealIdentity(identity(), own, key)))
      return key
    },
    recover: async (recoveryKey) =>
      enrolment.adopt(await openIdentity(fromBase64(await directory.recovery()), own, recoveryKey)),
  }
}
