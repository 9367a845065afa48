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
  /** Unique in its stream, at most 256 ASCII characters; derived from the command, so that a retry has the same. */
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
   * Blank, in the same atomic step, the body of revision `target` and of all earlier events that refer to it. An order to the log: what is
   * recorded does not have it.
   */
  readonly blanksTarget?: boolean
  /** Blank, in the same atomic step, the bodies of all earlier events of a range. An order as well. */
  readonly blanksRange?: BlankedRange
}

/** Events of these types with revisions from `from` to `upTo`, both inclusive, and those that refer to one of these revisions. */
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

/** The type of an event that another program wrote into a stream of the log, as readers get it: nobody understands it. */
export const foreignType = '$foreign'

/** The revision of the stream's last event, or that it does not exist yet. */
export type ExpectedRevision = number | 'no_stream'

export interface Appended {
  /** Revision of the first event of this append; the others follow without holes. */
  readonly firstRevision: number
  /** The position of the last event. Who has everything up to here has all of this append. */
  readonly position: Position
}

export type LogErrorCode =
  /** The expectation does not hold; `actual` is the stream's last revision, or -1 if it does not exist. */
  | 'wrong_expected_revision'
  /** No space left: nothing of this append was stored. Temporary. */
  | 'log_full'
  /** The log does not answer in time or is closing; the append may or may not be stored: retry it with the same ids. */
  | 'log_unavailable'
  /** What is stored is not what was appended, or cannot be read: somebody has to mend the log. Nothing is appended any more. */
  | 'log_damaged'
  /** Nothing is appended to this stream any more, for good: it was ended in the log, or what stands there cannot be gone on from. */
  | 'stream_closed'
  /** A single event or append exceeds the adapter's limit. */
  | 'event_too_large'

export class LogError extends Error {
  readonly code: LogErrorCode
  readonly actual: number | undefined
  constructor(code: LogErrorCode, message: string, actual?: number, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
    this.actual = actual
  }
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
  /** Rejects with `stream_closed` where the stream was ended in the log. Absent: it reads like one that does not exist. */
  readonly mustBeOpen?: true
  /** Bodies are not looked at: they may be anything. */
  readonly withoutBodies?: true
  /** The slice ends with the event that brings it to this size (`sizeOfEvent`) or beyond. Absent: no bound. */
  readonly maxBytes?: number | undefined
}

export interface Subscription {
  /** Everything up to here was handled, or was not for it: where a subscription may go on that takes its place. It may lag behind. */
  position(): Position
  /** Resolves after the handler in progress has finished; no call of it follows. */
  close(): Promise<void>
  /** Settles when the subscription ends: resolves after `close`, rejects when the handler threw. */
  readonly done: Promise<void>
}

export type EventHandler = (events: readonly RecordedEvent[]) => Promise<void> | void

export interface SubscribeOptions {
  /** Events a call of the handler, at most. Default 1,000. */
  readonly batchSize?: number
  /** Only events of these types; of all when absent. */
  readonly types?: ReadonlySet<string> | undefined
}

/** What tells a position from the same position of another history, such as that of a copy which went on by itself. */
export interface LogDigests {
  /** Up to here the log has given out checkpoints without a digest, before it had any. */
  readonly since: Position
  /**
   * The digest of everything up to a position: 1 to 16 of `0-9a-z`. Cheap. Undefined when there is no such event, or it
   * cannot be read; never throws.
   */
  at(position: Position): string | undefined
}

/** What a log has whose bodies are sealed where they stand. */
export interface SealedBodies {
  /** The same log with the bodies as they stand there: for who passes them on, or does not look at them. */
  readonly stored: EventReader
  /** What was read there, with its bodies; null where the keys were destroyed. */
  open(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]>
}

export interface EventReader {
  /** Random id made when this log was created; positions of another epoch mean nothing here. */
  readonly epoch: string
  /** It cannot blank: whoever serves events withholds the bodies of what was deleted or has expired. */
  readonly keepsBodies?: true
  /** Absent where bodies stand in the log as they are. */
  readonly sealed?: SealedBodies
  /** Absent where the log has none. */
  readonly digests?: LogDigests
  /** Position of the last durable event; 0n for an empty log. */
  head(): Promise<Position>
  readStream(slice: StreamSlice): Promise<readonly RecordedEvent[]>
  /** Events of all streams after `after`, oldest first. */
  readAll(after: Position, limit: number): Promise<readonly RecordedEvent[]>
  /**
   * Calls `handler` with non-empty batches of the events after `after`, one call at a time: the next batch waits for
   * the returned promise, so a slow handler slows only itself and buffers nothing.
   */
  subscribe(after: Position, handler: EventHandler, options?: SubscribeOptions): Subscription
}

export interface EventLog extends EventReader {
  /** Bytes that every append may have, by `sizeOfEvent`; larger ones may be `event_too_large`. Whoever joins appends keeps to it. */
  readonly maxAppendSize: number
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>
  close(): Promise<void>
}
