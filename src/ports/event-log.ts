/**
 * The event log: the truth. Everything else can be thrown away and rebuilt from it.
 *
 * Guarantees that every adapter gives, and `test/contract/event-log/event-log.suite.ts` attacks:
 * - Durable: `append` resolves only after the events survive the loss of power (fsync or replication).
 * - Atomic: all events of one `append` are stored, with consecutive revisions, or none is.
 * - Revisions of a stream start at 0 and have no holes, unless somebody has deleted in the log. Positions grow strictly
 *   over the whole log and may have gaps; a
 *   reader that has seen position p will never find a new event at or below p.
 * - Idempotent: an append whose events, by id, already stand at exactly those revisions answers like the first time, at
 *   any age.
 * - `subscribe` delivers every event after its start once, in order of position, over the switch from history to live.
 * - No vendor type crosses this port.
 */

/** A place in the whole log. Exclusive when reading "after" it. 0n is before the first event. */
export type Position = bigint

export interface NewEvent {
  /** Unique in its stream, at most 256 ASCII characters. Derived from the command, so that a retry has the same id. */
  readonly id: string
  readonly type: string
  readonly version: number
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly userId: string
  readonly deviceId: string
  /** A JSON object as text, without the body. */
  readonly data: string
  /** Opaque text (base64 ciphertext); null where the event has none or it was blanked. */
  readonly body: string | null
  /** Revision, in the same stream, of the message that this event refers to. */
  readonly target?: number
  /**
   * Blanks, in the same atomic step, the body at revision `target` and the bodies of all earlier events that
   * refer to it. This is an order to the log: the recorded event does not hold it.
   */
  readonly blanksTarget?: boolean
  /** Blanks, in the same atomic step, the bodies of all earlier events of a range. Also an order to the log. */
  readonly blanksRange?: BlankedRange
}

/**
 * Events of these types with revisions from `from` to `upTo`, both inclusive, and the events that refer to one of
 * these revisions.
 */
export interface BlankedRange {
  readonly from: number
  readonly upTo: number
  readonly types: readonly string[]
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string
  readonly revision: number
  readonly position: Position
}

/** The revision of the stream's last event, or that it does not exist yet. */
export type ExpectedRevision = number | 'no_stream'

export interface Appended {
  /** Revision of the first event of this append; the others follow without gaps. */
  readonly firstRevision: number
  /** The position of the last event. A reader that has everything up to here has all of this append. */
  readonly position: Position
}

export interface StreamSlice {
  readonly stream: string
  /** Inclusive first revision; forwards from 0, backwards from the last, when absent. */
  readonly from?: number
  /** Only events at positions above this one (forwards). */
  readonly after?: Position
  /** Only events at positions up to and including this one. */
  readonly upTo?: Position
  readonly direction?: 'forwards' | 'backwards'
  readonly limit: number
  /**
   * Rejects with `stream_closed` where the stream was ended in the log. Absent: such a stream reads as one that
   * does not exist.
   */
  readonly mustBeOpen?: true
  /** The caller does not look at bodies; they may hold anything. */
  readonly withoutBodies?: true
  /** The slice ends with the event that brings it to this size (`sizeOfEvent`) or beyond. Absent: no limit. */
  readonly maxBytes?: number | undefined
}

export interface Subscription {
  /**
   * Everything up to here was handled, or was not for this subscription: a successor may begin here. It may lag
   * behind.
   */
  position(): Position
  /** Resolves after the handler in progress has finished; the handler is not called again. */
  close(): Promise<void>
  /** Settles when the subscription ends: resolves after `close`, rejects when the handler threw. */
  readonly done: Promise<void>
}

export type EventHandler = (events: readonly RecordedEvent[]) => Promise<void> | void

export interface SubscribeOptions {
  /** The most events that one call of the handler gets. Default 1,000. */
  readonly batchSize?: number
  /** Only events of these types; all types when absent. */
  readonly types?: ReadonlySet<string> | undefined
}

/** Tells a position from the same position of another history, such as that of a copy that went on by itself. */
export interface LogDigests {
  /** Up to here the log has issued checkpoints without a digest, from before it had any. */
  readonly since: Position
  /**
   * The digest of everything up to a position: 1 to 16 characters of `0-9a-z`. Cheap. Undefined when no event has
   * this position, or when it cannot be read; never throws.
   */
  at(position: Position): string | undefined
}

/** What a log offers whose bodies are sealed where they are stored. */
export interface SealedBodies {
  /** The same log with the bodies still sealed: for readers that pass them on, or do not look at them. */
  readonly stored: EventReader
  /** Opens the bodies of events that were read there; null where the keys were destroyed. */
  open(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]>
}

export interface EventReader {
  /** A random id, made when this log was created. Positions of another epoch mean nothing here. */
  readonly epoch: string
  /**
   * The log cannot blank. The code that serves events withholds the bodies of messages that were deleted or have
   * expired.
   */
  readonly keepsBodies?: true
  /** Absent where the bodies are stored unsealed. */
  readonly sealed?: SealedBodies
  /** Absent where the log has none. */
  readonly digests?: LogDigests
  /** Position of the last durable event; 0n for an empty log. */
  head(): Promise<Position>
  readStream(slice: StreamSlice): Promise<readonly RecordedEvent[]>
  /** Events of all streams after `after`, oldest first. */
  readAll(after: Position, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * Calls `handler` with non-empty batches of the events after `after`, one call at a time. The next batch waits
   * for the returned promise, so a slow handler slows only itself, and nothing is buffered for it.
   */
  subscribe(after: Position, handler: EventHandler, options?: SubscribeOptions): Subscription
}

export interface EventLog extends EventReader {
  /**
   * The size, by `sizeOfEvent`, that every append may have; a larger one may be refused as `event_too_large`.
   * Code that joins appends stays within it.
   */
  readonly maxAppendSize: number
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>
  close(): Promise<void>
}
