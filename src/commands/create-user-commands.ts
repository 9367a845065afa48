import type { WriterDeps } from './stream-writer.ts'
import { type UserNotice, userRules } from './user-rules.ts'
import { createWriters, type WritersOptions } from './writers.ts'

export interface UserCommands {
  /** Resolves when it is durable in the stream `user-<id>`, once however often it is asked for; rejects with a `ProtocolError` as `Commands` do. */
  tell(userId: string, notice: UserNotice): Promise<void>
  close(): Promise<void>
}

/** The write side of users' streams. */
export const createUserCommands = (deps: WriterDeps, options: WritersOptions): UserCommands => {
  const users = createWriters(userRules, options, deps)
  return {
    tell: (userId, notice) => users.submit(`user-${userId}`, notice),
    close: async () => {
      await users.settled()
      users.close()
    },
  }
}
