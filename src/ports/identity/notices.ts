/** Part of the accounts database; `ports/identity/account-store.ts` states what every call guarantees. */
import type { UserCommand } from '../../domain/user/user-commands.ts'

/** Something to append to the stream `user-<id>`. */
export interface Notice {
  /** Unique for ever. */
  readonly id: string
  readonly userId: string
  readonly command: UserCommand
}

export interface SkippedNotices {
  readonly parkedFor: string
  readonly users: readonly string[]
}

export interface NoticeRecords {
  /**
   * Notices that wait, oldest first; without those of some users, and of users whose streams are parked for a
   * process.
   */
  notices(limit: number, without?: SkippedNotices): Promise<readonly Notice[]>
  /** Notices that wait for this user, oldest first, parked or not. */
  noticesOf(userId: string, limit: number): Promise<readonly Notice[]>
  settleNotice(id: string): Promise<void>
}
