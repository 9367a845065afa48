import { createMemoryLog, type MemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { createLogPages, type LogPages } from '../../../src/event-log/reading/log-pages.ts'
import { partitionOf } from '../../../src/event-log/routing/stream-slots.ts'
import type { BusSlice } from '../../../src/ports/event-bus.ts'
import type { Position } from '../../../src/ports/event-log.ts'

/** A log in memory and its partitions, as the bus would cut it. */
export interface PartitionedLog {
  readonly log: MemoryLog
  readonly pages: LogPages
  readonly partitions: number
  belongs(partition: number): (stream: string) => boolean
  /** Everything of a partition above `after` and up to `upTo`, or the head. */
  slice(partition: number, after: Position, upTo?: Position): Promise<BusSlice>
}

export const createPartitionedLog = (partitions: number, log: MemoryLog = createMemoryLog()): PartitionedLog => {
  const belongs = (partition: number) => (stream: string) => partitionOf(stream, partitions) === partition
  return {
    log,
    pages: createLogPages(log, 5),
    partitions,
    belongs,
    slice: async (partition, after, end) => {
      const head = await log.head()
      const upTo = end ?? head
      const all = await log.readAll(after, Number(head))
      const events = all.filter(({ stream, position }) => position <= upTo && belongs(partition)(stream))
      return { partition, after, upTo, events }
    },
  }
}
