import type { DeviceList } from '@backscroll/protocol/rest/devices'
import type { ClientBackup } from '../archive/backup/history-backup.ts'
import type { HistoryArchive } from '../archive/history-archive.ts'
import type { ClientHistoryTransfer } from '../archive/history-transfer.ts'
import type { ApprovalAnswer, ApprovalRequest } from '../devices/approval/device-pairing.ts'
import type { MlsProtection } from '../encryption/mls-protection.ts'
import type { DeviceProver } from '../sign-in/device-prover.ts'
import { type ClientIdentities, createClientIdentities } from './client-identities.ts'
import { type ClientOwnIdentity, createClientOwnIdentity } from './client-own-identity.ts'

/** Keys, devices and trust: what people do by hand. All calls reject with `BackscrollError`. */
export interface ClientDevices
  extends HistoryArchive,
    ClientHistoryTransfer,
    ClientBackup,
    ClientIdentities,
    ClientOwnIdentity {
  /**
   * Signs requests that the application makes by itself as this device; undefined until the first start has made
   * the device's key.
   */
  prover(): DeviceProver | undefined
  /** The user's own devices, as the server lists them. */
  devices(): Promise<DeviceList['devices']>
  renameDevice(deviceId: string, name: string | null): Promise<void>
  /** On a device that waits for approval: resolves when another device of the user has answered. */
  requestApproval(): Promise<ApprovalRequest>
  /** On an approved device: the user's devices that wait. An `account` event announces each. */
  approvalRequests(): Promise<readonly { readonly pairingId: string; readonly deviceId: string }[]>
  answerApproval(pairingId: string): Promise<ApprovalAnswer>
  /** Refuses to let it in: `requestApproval` there rejects with `not_found`, and the user's other devices are told. */
  refuseApproval(pairingId: string): Promise<void>
}

export const createClientDevices = (
  me: { readonly userId: string; readonly deviceId: string },
  protection: MlsProtection,
): ClientDevices => {
  const { directory, pairings } = protection
  return {
    ...createClientIdentities(me, protection),
    ...createClientOwnIdentity(me, protection),
    ...protection.history,
    historyTransfer: protection.historyTransfer,
    backup: protection.backup,
    prover: protection.prover,
    devices: async () => (await directory.devices()).devices,
    renameDevice: directory.rename,
    requestApproval: pairings.request,
    approvalRequests: pairings.waiting,
    answerApproval: pairings.answer,
    refuseApproval: pairings.refuse,
  }
}
