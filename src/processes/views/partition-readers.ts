import { logOfPartition, type Partitioning } from '../../event-log/partitioning.ts'
import { createLogPages, type LogPages } from '../../event-log/reading/log-pages.ts'
import type { EventReader } from '../../ports/event-log.ts'

export interface PartitionReadersDeps {
  /** By index. */
  readonly logs: readonly Pick<EventReader, 'epoch' | 'head' | 'readStream' | 'readAll'>[]
  readonly partitioning: Partitioning
  /** Counted over the partitions of all logs. */
  readonly partitionOf: (stream: string) => number
}

/** How the consumer of a partition reads its log, and which streams belong to it. */
export interface PartitionReader {
  readonly log: PartitionReadersDeps['logs'][number]
  /** Shared by all partitions of the log. */
  readonly pages: LogPages
  readonly belongs: (stream: string) => boolean
}

export const createPartitionReaders = ({ logs, partitioning, partitionOf }: PartitionReadersDeps) => {
  const pages = logs.map((log) => createLogPages(log))
  return (partition: number): PartitionReader => {
    const index = logOfPartition(partitioning, partition)
    const [log, shared] = [logs[index], pages[index]]
    if (log === undefined || shared === undefined) throw new RangeError(`no log has the partition ${partition}`)
    return { log, pages: shared, belongs: (stream) => partitionOf(stream) === partition }
  }
}
