/**
 * Named channels between processes, without memory.
 *
 * Guarantees that every adapter gives, and `test/contract/channels/channels.suite.ts` attacks:
 * - At most once, in the order of the publisher, to those who are listening at that moment.
 * - `onReset` is called after every interruption in which messages to this process may have been lost, once it listens again.
 */
export interface Channels {
  /** Rejects when the channel cannot be reached: some or all subscribers did not get the message. */
  publish(channel: string, message: string): Promise<void>
  /** Resolves once it listens. Returns a function that stops it. */
  listen(channel: string, hear: (message: string) => void): Promise<() => Promise<void>>
  onReset(listener: () => void): () => void
  close(): Promise<void>
}
