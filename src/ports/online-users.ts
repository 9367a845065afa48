/**
 * Which users are online: those who have an active device at a process that lives. Lost at any time and then told anew
 * by the processes: nothing durable depends on it.
 *
 * Guarantees that every adapter gives, and `test/contract/online-users/online-users.suite.ts` attacks:
 * - A lookup that begins after `enter` resolved finds the user, until every process that said so has said `leave`, or
 *   does not live any more, or has not repeated it for six times the time to live.
 * - A process that is silent for its time to live does not live any more. It is told when it next says that it lives, and
 *   so is one of which the engine has lost what it said.
 * - Of all processes that say at once that a user is online, or is not any more, one is told that this made the
 *   difference.
 */
export interface OnlineUsers {
  /** These users have an active device at this process, which lives. Answers those who were not online before. */
  enter(processId: string, userIds: readonly string[]): Promise<readonly string[]>
  /** They have none there any more. Answers those who are not online now, and were. */
  leave(processId: string, userIds: readonly string[]): Promise<readonly string[]>
  /** Repeated by a living process, well within the time to live. False: it did not live, and enters its users again. */
  alive(processId: string): Promise<boolean>
  /** Those of them who are online. Never from a cache. */
  among(userIds: readonly string[]): Promise<ReadonlySet<string>>
}
