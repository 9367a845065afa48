import type { Position, RecordedEvent } from './event-log.ts'

/**
 * What just happened in one conversation, for the live devices of `audience`.
 *
 * Delivery: at most once, in order of revision within a conversation; a subscriber that misses one finds out by revision
 * and syncs. Nothing is ever lost here that sync does not bring.
 */
export interface Delta {
  readonly conversationId: string
  /** Users who may see these events, each once. The same array object as long as the roster does not change. */
  readonly audience: readonly string[]
  /** Consecutive events of the conversation's stream. */
  readonly events: readonly RecordedEvent[]
}

/** Watermarks that moved, for `audience`: the readers' own devices and the senders of what they cover. */
export interface ReceiptsDelta {
  readonly conversationId: string
  /** The position of the event that moved them. A reader that has everything up to here knows at least as much. */
  readonly position: Position
  readonly audience: readonly string[]
  readonly receipts: readonly Receipt[]
}

export interface Receipt {
  readonly conversationId: string
  readonly userId: string
  readonly deviceId: string
  readonly delivered?: number
  readonly read?: number
  /** Server time of the latest movement, in milliseconds since the Unix epoch. */
  readonly at: number
}

export interface DeltaSink {
  events(deltas: readonly Delta[]): void
  receipts(deltas: readonly ReceiptsDelta[]): void
}
