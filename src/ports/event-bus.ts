import type { Position, RecordedEvent } from './event-log.ts'

/**
 * The bus that carries the event log's order to its consumers, cut into partitions: all events of a stream, and of the
 * streams that belong to the same conversation, are in one partition, in the log's order.
 *
 * Guarantees that every adapter gives, and `test/contract/event-bus/event-bus.suite.ts` attacks:
 * - At least once: a slice that `publish` took is handed to each group until its consumer took it. It may come again,
 *   and after a takeover an older
 *   one may follow a newer one; `after` and `upTo` let a consumer skip what it has and see what it lacks.
 * - In order: slices of a partition that were published by calls one after another are handed over in that order, one
 *   at a time.
 * - Each partition is consumed by one member of a group; when members come and go it moves to another, which begins
 *   after the last slice taken.
 */
export interface BusSlice {
  readonly partition: number
  /** All events of this partition at or below this position were published earlier. */
  readonly after: Position
  /**
   * All events of this partition at or below this position are published with this slice. No lower than the last
   * event's position.
   */
  readonly upTo: Position
  /** In order of position, all above `after`. An empty list is a mark: it says that nothing happened. */
  readonly events: readonly RecordedEvent[]
}

export interface SliceConsumer {
  /**
   * Called one at a time. The slice counts as taken when this resolves. If it throws, the member gives up the
   * partition, and the slice comes again.
   */
  take(slice: BusSlice): Promise<void>
  /**
   * The partition belongs to another member now, or the consumption ends. Resolves when nothing more is written
   * for it.
   */
  close(): Promise<void>
}

export interface Consumption {
  /** The partitions that this member holds now. */
  partitions(): readonly number[]
  /**
   * How many slices or bus messages (whichever the bus counts) this group has not taken yet, for each partition
   * that this member holds.
   */
  lag(): Promise<ReadonlyMap<number, number>>
  /** Gives up its partitions after the slices in progress. */
  close(): Promise<void>
}

export interface ConsumeOptions {
  /** Where a group without a committed offset begins. */
  readonly from: 'earliest' | 'latest'
  /** How long, in milliseconds, the bus may hold slices back to hand them over together. Default: not at all. */
  readonly gatherMs?: number
  /** Called once for each failure: the bus cannot be reached, or a consumer failed. The bus retries for ever. */
  readonly onError: (error: unknown) => void
}

export interface EventBus {
  readonly partitions: number
  /** Resolves when all slices are durable in the bus. Rejects when that is not certain: publish them again. */
  publish(slices: readonly BusSlice[]): Promise<void>
  /** Joins `group`. `open` is called for each partition that this member gets, before its first slice. */
  consume(
    group: string,
    open: (partition: number) => Promise<SliceConsumer>,
    options: ConsumeOptions,
  ): Promise<Consumption>
  close(): Promise<void>
}
