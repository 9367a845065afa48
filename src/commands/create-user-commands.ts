import { userStream } from '../domain/stream-names.ts'
import type { Openness } from '../domain/user/user-events.ts'
import type { UserState, WaitingRequest } from '../domain/user/user-state.ts'
import { type UserNotice, userRules } from './rules/user-rules.ts'
import type { WriterDeps } from './writer/stream-writer.ts'
import { createWriters, type WritersOptions } from './writer/writer-pool.ts'

/** What a user wants of others, and what waits for the user. */
export interface Consent {
  /** Undefined: as the operator has set it. */
  readonly direct: Openness | undefined
  readonly groups: Openness | undefined
  /** By user id: since when, in server time. */
  readonly blocked: ReadonlyMap<string, number>
  /** By conversation id, oldest first. */
  readonly requests: ReadonlyMap<string, WaitingRequest>
}

export interface UserCommands {
  /**
   * Resolves when it is durable in the stream `user-<id>`, once however often it is requested. Rejects with a
   * `ProtocolError` as `Commands` do.
   */
  tell(userId: string, notice: UserNotice): Promise<void>
  /** As the log has it now, whoever wrote last. */
  consent(userId: string): Promise<Consent>
  close(): Promise<void>
}

/** The state goes on changing. */
const copied = ({ direct, groups, blocked, requests }: UserState): Consent => ({
  direct,
  groups,
  blocked: new Map(blocked),
  requests: new Map(requests),
})

/** The write side of users' streams. */
export const createUserCommands = (deps: WriterDeps, options: WritersOptions): UserCommands => {
  const users = createWriters(userRules, options, deps)
  return {
    tell: (userId, notice) => users.submit(userStream(userId), notice),
    consent: async (userId) => copied(await users.state(userStream(userId), () => false)),
    close: async () => {
      await users.settled()
      users.close()
    },
  }
}
