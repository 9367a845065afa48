import type { EventBus, SliceConsumer } from '../../ports/event-bus.ts'
import type { LoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { openFanOutPartition } from '../live/fan-out-partition.ts'
import { createPartitionReaders, type PartitionReadersDeps } from '../views/partition-readers.ts'
import { createPushSender, type PushSenderDeps } from './push-sender.ts'

export interface NotifierDeps extends PartitionReadersDeps, Omit<PushSenderDeps, 'ended'> {
  /** The bus of all logs. */
  readonly bus: Pick<EventBus, 'consume'>
  readonly loadRosterAt: LoadRosterAt
  /** Rosters in memory, for each partition. */
  readonly maxRosters: number
}

export interface Notifier {
  close(): Promise<void>
}

/**
 * Records owed wake-ups in a cluster. It is a separate consumer group, so it delays no other consumer, and several
 * processes share the work.
 */
export const startNotifier = async (deps: NotifierDeps): Promise<Notifier> => {
  const readingOf = createPartitionReaders(deps)

  const open = async (partition: number): Promise<SliceConsumer> => {
    const ending = new AbortController()
    const consumer = openFanOutPartition({
      ...deps,
      ...readingOf(partition),
      openSender: async () => createPushSender({ ...deps, ended: ending.signal }),
    })
    return {
      take: consumer.take,
      close: async () => {
        ending.abort()
        await consumer.close()
      },
    }
  }
  return deps.bus.consume('push', open, { from: 'latest', onError: deps.onError })
}
