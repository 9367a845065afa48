import type { UserCommand } from '../domain/user/commands.ts'
import type { UserRole } from './access.ts'
import type { KeyDirectoryStore } from './key-directory.ts'
import type { PasswordResetStore } from './password-resets.ts'
import type { RateLimits } from './rate-limits.ts'
import type { SecondFactorStore } from './second-factors.ts'

/**
 * The accounts database: the only place of personal data. Transactional, not derived from the log, and not droppable.
 *
 * Guarantees that every adapter gives, and `test/contract/account-store.suite.ts` attacks:
 * - Each call is one transaction: all of it is durable when it resolves, or nothing happened.
 * - A user id and a login name each belong to one account; an erased user's id is never given out again.
 * - What a user's devices must hear of (`Notice`) is stored in the transaction that makes it true, and stays until it is settled.
 * - Of a device id that was once registered no second device is made.
 */

/** Milliseconds since the Unix epoch. */
type Time = number

export interface Privacy {
  readonly lastSeen: 'everyone' | 'contacts' | 'nobody'
  /** Off: what this user has read is told to his own devices alone. */
  readonly readReceipts: boolean
}

export interface Profile {
  readonly displayName: string | null
  readonly about: string | null
}

export interface Account {
  readonly userId: string
  /** As it was normalised; null for one who signs in elsewhere. */
  readonly login: string | null
  readonly passwordHash: string | null
  /** `external`: made at the first use of a token that another issuer, or the operator, signed. */
  readonly origin: 'local' | 'external'
  readonly status: 'active' | 'deactivated'
  readonly roles: readonly UserRole[]
  /** Ed25519 public key, base64 of 32 bytes; null until the first device registers it. Only the user changes it. */
  readonly identityKey: string | null
  /** Access tokens issued before are refused. */
  readonly tokensFrom: Time
  /** But for those of one device, from which the password was changed, issued since the change before. */
  readonly tokensSpare: { readonly deviceId: string; readonly from: Time } | null
  readonly createdAt: Time
  readonly profile: Profile
  readonly privacy: Privacy
  /** The clients' own, opaque to the server. */
  readonly settings: Readonly<Record<string, unknown>>
}

export type AccountChange = Partial<Omit<Account, 'userId' | 'origin' | 'identityKey' | 'createdAt'>>

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

/** Everything that decides whether a token is believed. */
export interface Standing {
  readonly account: Account | undefined
  readonly devices: readonly Device[]
  readonly erased: boolean
}

/** Something to be told in the stream `user-<id>`. */
export interface Notice {
  /** Unique for ever. */
  readonly id: string
  readonly userId: string
  readonly command: UserCommand
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

export interface IdentityRequest {
  readonly userId: string
  /** The present key; left out where a person begins anew, whatever it is. */
  readonly from?: string
  readonly to: string
  readonly at: Time
  /** Signed by the present key. Left out: everything that was said before is gone with the old key. */
  readonly statement?: string
  /** These active devices stay, under new certificates by the new key. All others are revoked. */
  readonly kept: readonly { readonly deviceId: string; readonly signatureKey: string; readonly certificate: string }[]
  /** Comes in with the new key. */
  readonly device?: DeviceRequest['device']
  /** Takes the place of the one before, which opens the old key. */
  readonly recovery?: RecoveryBlob
  readonly notices: readonly Notice[]
  readonly revoked: (deviceId: string) => Notice
}

/** `repeated`: it is so already. `differs`: the present key is another one. `unfit`: a device that is to stay does not stand, or the new one's id was used. */
export type IdentityAnswer =
  | { readonly kind: 'changed'; readonly revoked: readonly string[] }
  | { readonly kind: 'repeated' | 'differs' | 'unfit' | 'no_account' }

/** `repeated`: exactly this device stands already. `taken`: the id is another device's, or was a revoked one's. `unfit`: a judge said no. */
export type DeviceAnswer = 'added' | 'unfit' | 'repeated' | 'taken' | 'limit' | 'identity_differs' | 'no_account'

export interface SeenDevice {
  readonly userId: string
  readonly deviceId: string
  readonly at: Time
}

export interface Pairing {
  readonly pairingId: string
  readonly userId: string
  /** The device that asks to be approved. */
  readonly deviceId: string
  readonly createdAt: Time
  readonly expiresAt: Time
}

export interface PairingMessage {
  /** From 1, without holes. */
  readonly number: number
  readonly deviceId: string
  /** Base64, opaque. */
  readonly payload: string
  readonly at: Time
}

export interface RecoveryBlob {
  /** Base64, opaque: encrypted under a key that the server never sees. */
  readonly blob: string
  readonly at: Time
}

export interface StoredCheckpoint {
  readonly epoch: string
  readonly position: bigint
}

export interface AccountRecords {
  create(account: Account): Promise<'created' | 'user_taken' | 'login_taken'>
  account(userId: string): Promise<Account | undefined>
  accountByLogin(login: string): Promise<Account | undefined>
  standing(userId: string): Promise<Standing>
  /** Of several at once, in three reads however many they are; every id that was asked for is in the answer. */
  standings(userIds: readonly string[]): Promise<ReadonlyMap<string, Standing>>
  /** `missing`: there is no such account. */
  change(userId: string, change: AccountChange, notice?: Notice): Promise<'changed' | 'missing' | 'login_taken'>
  /** Deletes every row about the user, remembers that his id is gone, and keeps the notice. False when he is unknown or gone already. */
  erase(userId: string, at: Time, notice: Notice): Promise<boolean>
  /** Those of them that were erased. */
  erased(userIds: readonly string[]): Promise<readonly string[]>
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

export interface IdentityRecords {
  /** What the user has signed about devices and the identity key, oldest first; JSON. */
  statements(userId: string): Promise<readonly string[]>
  changeIdentity(request: IdentityRequest): Promise<IdentityAnswer>
}

export interface PairingRecords {
  /** False when the user has `limit` open ones. */
  openPairing(pairing: Pairing, limit: number): Promise<boolean>
  /** Open ones of the user, oldest first. */
  pairings(userId: string, now: Time): Promise<readonly Pairing[]>
  /** Its number; undefined when the pairing is unknown, expired or has `limit` messages. */
  addPairingMessage(
    pairingId: string,
    message: Omit<PairingMessage, 'number'>,
    limit: number,
  ): Promise<number | undefined>
  pairingMessages(pairingId: string, after: number): Promise<readonly PairingMessage[]>
}

export interface AccountStore
  extends AccountRecords,
    DeviceRecords,
    IdentityRecords,
    PairingRecords,
    KeyDirectoryStore,
    RateLimits,
    PasswordResetStore,
    SecondFactorStore {
  recovery(userId: string): Promise<RecoveryBlob | undefined>
  /** False when there is no such account. */
  putRecovery(userId: string, blob: RecoveryBlob): Promise<boolean>
  /** The secret of this name, which every process of the installation gets alike: `made` where there was none. */
  secret(name: string, made: string): Promise<string>
  /** What waits to be told, oldest first. */
  notices(limit: number): Promise<readonly Notice[]>
  settleNotice(id: string): Promise<void>
  checkpoint(name: string): Promise<StoredCheckpoint | undefined>
  saveCheckpoint(name: string, checkpoint: StoredCheckpoint): Promise<void>
  /** Deletes what has expired: pairings, key packages, links that reset a password, claims older than `claimsBefore`. */
  purge(now: Time, claimsBefore: Time): Promise<void>
  close(): Promise<void>
}
