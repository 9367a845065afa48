/**
 * How sessions of this process are found by other processes, and those of other processes by this one. Where there is
 * one process everything is here already.
 */
export interface Reach {
  /**
   * A session of the user begins; resolves when whoever sends live events will find it here. Rejects with
   * `ProtocolError` when that cannot be had now.
   */
  enter(userId: string): Promise<void>
  /** It has ended. Once for each `enter`, also a rejected one. */
  leave(userId: string): void
  /** The device has connected here: a connection that it has to another gateway is over [T5]. */
  connected(userId: string, deviceId: string, sessionId: string): void
  /** Hands a passing frame, which nothing keeps, to the users' sessions at other gateways. */
  pass(userIds: readonly string[], text: string): void
}
