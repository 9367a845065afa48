/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */

import type { Time } from '../time.ts'
import type { Privacy } from './account-records.ts'

/** What decides who sees what of a user. */
export interface SeenUser extends Pick<Privacy, 'online' | 'lastSeen'> {
  /** Null: nobody has noted it, or the user shows it to nobody. */
  readonly seenAt: Time | null
}

export interface PresenceRecords {
  /** Those of them who have an active account, in one read. */
  seenUsers(userIds: readonly string[]): Promise<ReadonlyMap<string, SeenUser>>
  /**
   * They were seen then. An earlier time than the noted one changes nothing, nor does it for users who show it to
   * nobody, and for those who have no account.
   */
  noteSeen(userIds: readonly string[], at: Time): Promise<void>
}
