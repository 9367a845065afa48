/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */

import type { Time } from '../time.ts'
import type { Privacy } from './account-records.ts'

/** The settings that decide who sees a user, and when the user was last seen. */
export interface SeenUser extends Pick<Privacy, 'online' | 'lastSeen'> {
  /** Null if no time was recorded, or the user shows it to nobody. */
  readonly seenAt: Time | null
}

export interface PresenceRecords {
  /** Reads those of the users who have an active account, all in one query. */
  seenUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, SeenUser>>
  /**
   * Records that the users were seen at this time. Ignored for users with a later time, users who show it to
   * nobody, and users without an account.
   */
  noteSeen(userIds: readonly string[], at: Time): Promise<void>
}
