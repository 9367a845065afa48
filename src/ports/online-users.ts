/**
 * Which users are online: those with an active device at a living process. The data may be lost at any time, and the
 * processes then enter it again. Nothing durable depends on it.
 *
 * Guarantees of every adapter, which `test/contract/online-users/online-users.suite.ts` attacks:
 * - A lookup that begins after `enter` has resolved finds the user. The entry of a process ends when the process calls
 *   `leave`, counts as dead, or has not repeated the entry for six times the time to live.
 * - A process that is silent for the time to live counts as dead. Its next call of `alive` resolves with false, and so
 *   does the first one after the engine has lost its data.
 * - When several processes enter or leave the same user at once, exactly one of them is told that this changed the
 *   user's state.
 */
export interface OnlineUsers {
  /** Enters users who have an active device at this process. Returns those who were not online before. */
  enter(processId: string, userIds: readonly string[]): Promise<readonly string[]>
  /** Removes the entries of this process. Returns the users who were online and no longer are. */
  leave(processId: string, userIds: readonly string[]): Promise<readonly string[]>
  /** Must be repeated well within the time to live. False: the process counted as dead and must enter its users again. */
  alive(processId: string): Promise<boolean>
  /** Returns those of the users who are online. Never reads from a cache. */
  among(userIds: readonly string[]): Promise<ReadonlySet<string>>
}
