import type { ArchiveRecords } from '../archive-records.ts'
import type { MediaRecords } from '../media-records.ts'
import type { ParkedReactionRecords } from '../parked-reactions.ts'
import type { RateLimits } from '../rate-limits.ts'
import type { Time } from '../time.ts'
import type { AccountRecords } from './account-records.ts'
import type { ActRecords } from './act-records.ts'
import type { DeviceRecords } from './device-records.ts'
import type { IdentityRecords } from './identity-records.ts'
import type { InviteRecords } from './invites.ts'
import type { KeyDirectoryStore } from './key-directory.ts'
import type { NoticeRecords } from './notices.ts'
import type { PairingRecords } from './pairing-records.ts'
import type { PasswordResetStore } from './password-resets.ts'
import type { PresenceRecords } from './presence-records.ts'
import type { PushRecords } from './push-records.ts'
import type { QueueRecords } from './queue-counts.ts'
import type { RecoveryRecords } from './recovery-records.ts'
import type { ReportRecords } from './reports.ts'
import type { SecondFactorStore } from './second-factors.ts'

/**
 * The accounts database: the only place of personal data. Transactional, not derived from the log, and not droppable.
 *
 * Guarantees that every adapter gives, and `test/contract/account-store/account-store.suite.ts` attacks:
 * - Each call is one transaction: all of it is durable when it resolves, or nothing happened.
 * - A user id and a login name each belong to one account; an erased user's id is never given out again.
 * - What a user's devices must hear of (`Notice`) is stored in the transaction that makes it true, and stays until it is settled.
 * - So is what an admin did (`AdminAct`): where nothing was changed, no act is kept.
 * - Of a device id that was once registered no second device is made.
 */

export interface StoredCheckpoint {
  readonly epoch: string
  readonly position: bigint
}

export interface AccountStore
  extends AccountRecords,
    DeviceRecords,
    IdentityRecords,
    PairingRecords,
    RecoveryRecords,
    NoticeRecords,
    ActRecords,
    PresenceRecords,
    ReportRecords,
    ParkedReactionRecords,
    KeyDirectoryStore,
    InviteRecords,
    MediaRecords,
    ArchiveRecords,
    RateLimits,
    PasswordResetStore,
    PushRecords,
    QueueRecords,
    SecondFactorStore {
  /** The secret of this name, the same for every process of the installation. Stores `made` if there is none yet. */
  secret(name: string, made: string): Promise<string>
  checkpoint(name: string): Promise<StoredCheckpoint | undefined>
  saveCheckpoint(name: string, checkpoint: StoredCheckpoint): Promise<void>
  /** Deletes what has expired: pairings, key packages, password reset links, invites, archives that
   * nobody finishes, and claims older than `claimsBefore`. */
  purge(now: Time, claimsBefore: Time): Promise<void>
  close(): Promise<void>
}
