/**
 * How other processes find sessions of this one, and the reverse. Where there is one process everything is here
 * already.
 */
export interface SessionReach {
  /**
   * A session of the user begins; resolves when senders of live events will find it here. Rejects with
   * `ProtocolError` when that is not possible now.
   */
  enter(userId: string): Promise<void>
  /** It has ended. Once for each `enter`, even a rejected one. */
  leave(userId: string): void
  /** The device has connected here: its connection to another gateway is over [T5]. */
  connected(userId: string, deviceId: string, sessionId: string): void
  /** Hands an ephemeral frame to the users' sessions at other gateways. */
  pass(userIds: readonly string[], text: string): void
}
