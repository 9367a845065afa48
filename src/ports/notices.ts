/** Part of the accounts database: see `ports/accounts.ts` for what every call promises. */
import type { UserCommand } from '../domain/user/commands.ts'

/** Something to be told in the stream `user-<id>`. */
export interface Notice {
  /** Unique for ever. */
  readonly id: string
  readonly userId: string
  readonly command: UserCommand
}

export interface NoticeRecords {
  /** What waits to be told, oldest first. */
  notices(limit: number): Promise<readonly Notice[]>
  settleNotice(id: string): Promise<void>
}
