/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */
import type { UserCommand } from '../../domain/user/user-commands.ts'

/** Something to be told in the stream `user-<id>`. */
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
  /** What waits to be told, oldest first; without those of some users, and of those whose streams are parked for a process. */
  notices(limit: number, without?: SkippedNotices): Promise<readonly Notice[]>
  /** What this user is still to be told, oldest first, parked or not. */
  noticesOf(userId: string, limit: number): Promise<readonly Notice[]>
  settleNotice(id: string): Promise<void>
}
