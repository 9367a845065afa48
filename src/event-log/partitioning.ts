import type { Position } from '../ports/event-log.ts'
import type { EventLogs } from './event-logs.ts'
import { bandStart, type Positions } from './positions.ts'
import { partitionOf } from './routing/stream-slots.ts'

/**
 * Each log is cut into this many partitions. They are numbered consecutively: those of the second log follow those
 * of the first.
 */
export interface Partitioning {
  readonly logs: number
  /** The partitions of one log. */
  readonly partitions: number
}

/** All partitions of all logs. */
export const partitionsOf = ({ logs, partitions }: Partitioning): readonly number[] =>
  Array.from({ length: logs * partitions }, (_, partition) => partition)

/** Index of the log that a partition belongs to. */
export const logOfPartition = ({ partitions }: Partitioning, partition: number): number =>
  Math.floor(partition / partitions)

/** Answers the partition of a stream, among those of all logs. */
export const createPartitionOf =
  ({ logOf }: Pick<EventLogs, 'logOf'>, { partitions }: Partitioning) =>
  (stream: string): number =>
    logOf(stream) * partitions + partitionOf(stream, partitions)

/**
 * For each log the lowest of its partitions' positions; the position before its first event where a partition has
 * none.
 */
export const lowestByLog = (
  { logs, partitions }: Partitioning,
  positionOf: (partition: number) => Position | undefined,
): Positions =>
  Array.from({ length: logs }, (_, index) => {
    const start = bandStart(index)
    let lowest: Position | undefined
    for (let partition = index * partitions; partition < (index + 1) * partitions; partition += 1) {
      const position = positionOf(partition) ?? start
      if (lowest === undefined || position < lowest) lowest = position
    }
    return lowest === undefined || lowest < start ? start : lowest
  })
