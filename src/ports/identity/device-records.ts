/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */

import type { AdminAct } from '../../domain/audit/admin-acts.ts'
import type { Time } from '../time.ts'
import type { Notice } from './notices.ts'

/** A device that vouches for another one. Base64, as in `Device`. */
export interface DeviceVoucher {
  readonly deviceId: string
  readonly signatureKey: string
  readonly certificate: string
}

export interface Device {
  readonly userId: string
  readonly deviceId: string
  readonly name: string | null
  /** The Ed25519 public key and its certificate, base64; both null for a device that has only ever shown a token. */
  readonly signatureKey: string | null
  readonly certificate: string | null
  /**
   * The chain from the device that the identity key certified to the one that certified this device. Absent where
   * the identity key did so itself.
   */
  readonly chain?: readonly DeviceVoucher[]
  readonly addedAt: Time
  readonly revokedAt: Time | null
}

export interface DeviceRequest {
  readonly device: Omit<Device, 'revokedAt' | 'signatureKey' | 'certificate'> & {
    readonly signatureKey: string
    readonly certificate: string
  }
  /** Registered with the account if it has none; otherwise it must be the account's. */
  readonly identityKey: string
  /** How many devices with a key a user may have at a time. */
  readonly limit: number
  readonly notice: Notice
  /** Devices that make room for this one: they are revoked before the others are counted. */
  readonly revocation?: Omit<RevocationRequest, 'userId'>
  /** Called within the transaction with the remaining devices: may this one come in? */
  readonly mayCome?: IdentityJudge
}

/**
 * Decides from the active devices as they are, and the statements in the user's name, oldest first, including the
 * new one. Must be pure.
 */
export type IdentityJudge = (devices: readonly Device[], statements: readonly string[]) => boolean

export interface RevocationRequest {
  readonly userId: string
  readonly deviceIds: readonly string[]
  readonly at: Time
  readonly notice: (deviceId: string) => Notice
  /** Statements that the user has signed, kept for those who ask later. */
  readonly statement?: string
  /** Called within the transaction with the remaining devices. */
  readonly isWhole?: IdentityJudge
}

/** `unfit`: the judge refused, and nothing happened. Otherwise the devices that were active and are revoked now. */
export type RevocationAnswer = readonly string[] | 'unfit'

/**
 * `repeated`: exactly this device is registered already. `taken`: the id belongs to another device, or to a revoked
 * one. `unfit`: a judge refused.
 */
export type DeviceAnswer = 'added' | 'unfit' | 'repeated' | 'taken' | 'limit' | 'identity_differs' | 'no_account'

export interface SeenDevice {
  readonly userId: string
  readonly deviceId: string
  readonly at: Time
}

export interface DeviceRecords {
  /**
   * Creates accounts and devices that do not exist yet, without keys. Leaves erased users and existing devices
   * alone.
   */
  provision(seen: readonly SeenDevice[]): Promise<void>
  addDevice(request: DeviceRequest): Promise<DeviceAnswer>
  /** False when there is no such active device. */
  nameDevice(userId: string, deviceId: string, name: string | null, notice: Notice): Promise<boolean>
  /** Its key packages and its push target are deleted too. False when there is no such active device. */
  revokeDevice(userId: string, deviceId: string, at: Time, notice: Notice, act?: AdminAct): Promise<boolean>
  /** The same for several devices: all of them, or none. */
  revokeDevices(request: RevocationRequest): Promise<RevocationAnswer>
}
