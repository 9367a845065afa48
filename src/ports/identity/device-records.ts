/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */

import type { Time } from '../time.ts'
import type { Notice } from './notices.ts'

/** A device that vouches for another. Base64 as in `Device`. */
export interface DeviceVoucher {
  readonly deviceId: string
  readonly signatureKey: string
  readonly certificate: string
}

export interface Device {
  readonly userId: string
  readonly deviceId: string
  readonly name: string | null
  /** Ed25519 public key and what certifies it, base64; both null for one that only ever showed a token. */
  readonly signatureKey: string | null
  readonly certificate: string | null
  /** From the device that the identity key certified to the one that certified this one; left out where the identity key did it itself. */
  readonly chain?: readonly DeviceVoucher[]
  readonly addedAt: Time
  readonly revokedAt: Time | null
}

export interface DeviceRequest {
  readonly device: Omit<Device, 'revokedAt' | 'signatureKey' | 'certificate'> & {
    readonly signatureKey: string
    readonly certificate: string
  }
  /** Registered with the account if it has none; must be the account's if it has one. */
  readonly identityKey: string
  /** Devices with a key that a user may have at a time. */
  readonly limit: number
  readonly notice: Notice
  /** Devices that make room for it: revoked before they are counted. */
  readonly revocation?: Omit<RevocationRequest, 'userId'>
  /** Asked within the transaction, of what is left: may the device come in? */
  readonly mayCome?: IdentityJudge
}

/** Decides on the active devices as they are, and what was said in the user's name, oldest first, the newest included. Must be pure. */
export type IdentityJudge = (devices: readonly Device[], statements: readonly string[]) => boolean

export interface RevocationRequest {
  readonly userId: string
  readonly deviceIds: readonly string[]
  readonly at: Time
  readonly notice: (deviceId: string) => Notice
  /** What the user has signed, kept for those who ask later. */
  readonly statement?: string
  /** Asked within the transaction, of the devices that are left. */
  readonly isWhole?: IdentityJudge
}

/** `unfit`: the judge said no, and nothing happened. Else the devices that were active and are revoked now. */
export type RevocationAnswer = readonly string[] | 'unfit'

/**
 * `repeated`: exactly this device stands already. `taken`: the id is another device's, or was a revoked one's. `unfit`:
 * a judge said no.
 */
export type DeviceAnswer = 'added' | 'unfit' | 'repeated' | 'taken' | 'limit' | 'identity_differs' | 'no_account'

export interface SeenDevice {
  readonly userId: string
  readonly deviceId: string
  readonly at: Time
}

export interface DeviceRecords {
  /** Makes accounts and devices that are not there yet, without keys. Leaves erased users and devices that exist as they are. */
  provision(seen: readonly SeenDevice[]): Promise<void>
  addDevice(request: DeviceRequest): Promise<DeviceAnswer>
  /** False when there is no such active device. */
  nameDevice(userId: string, deviceId: string, name: string | null, notice: Notice): Promise<boolean>
  /** Its key packages go with it. False when there is no such active device. */
  revokeDevice(userId: string, deviceId: string, at: Time, notice: Notice): Promise<boolean>
  /** The same for several; all of them, or none. */
  revokeDevices(request: RevocationRequest): Promise<RevocationAnswer>
}
