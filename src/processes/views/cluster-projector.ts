import type { Channels } from '../../ports/channels.ts'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { ConsumeOptions, Consumption, EventBus, SliceConsumer } from '../../ports/event-bus.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import type { LoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import type { Projection } from '../../projections/projection.ts'
import type { ParkedStream } from '../../projections/runner/runner-meta.ts'
import type { ViewsControl } from '../../projections/views-control.ts'
import { type FanOutPartition, openFanOutPartition } from '../live/fan-out-partition.ts'
import { createLiveSender } from '../live/live-sender.ts'
import { markGateways } from '../live/mark-gateways.ts'
import { answerViews } from './answer-views.ts'
import { pacedWrites } from './paced-writes.ts'
import { createPartitionReaders, type PartitionReadersDeps } from './partition-readers.ts'
import { createProgressSender } from './progress-sender.ts'
import { openViewPartition } from './view-partition.ts'

export interface ProjectorDeps extends PartitionReadersDeps {
  /** The bus of all logs. */
  readonly bus: Pick<EventBus, 'consume'>
  readonly store: DocumentStore
  readonly views: readonly Projection[]
  readonly registry: Pick<SessionRegistry, 'gatewaysOf' | 'gateways'>
  readonly channels: Pick<Channels, 'publish' | 'listen'>
  readonly loadRosterAt: LoadRosterAt
  /** How many conversations of one partition keep their roster in memory. */
  readonly maxRosters: number
  /** Opens the bodies of events as they came over the bus, for the gateways. */
  readonly openBodies: (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>
  readonly onParked: (parked: ParkedStream) => void
  readonly onError: (error: unknown) => void
  /** The views have them. */
  readonly onFolded?: (events: readonly RecordedEvent[]) => void
  /** The gateways were told. */
  readonly onSent?: (events: readonly RecordedEvent[]) => void
}

export interface ClusterProjector {
  /** The partitions whose views and live events this process runs. */
  partitions(): { readonly views: readonly number[]; readonly fanOut: readonly number[] }
  /** How much the bus holds that the views' group has not taken, by partition held here. */
  lag(): Promise<ReadonlyMap<number, number>>
  close(): Promise<void>
}

const telling =
  ({ take }: SliceConsumer, tell: ((events: readonly RecordedEvent[]) => void) | undefined): SliceConsumer['take'] =>
  async (slice) => {
    await take(slice)
    tell?.(slice.events)
  }

/** Views are written in batches anyway: fetching for them often would cost more than it gains. */
const viewsGatherMs = 50

/** How long a gateway for which nothing comes waits to be told how far its partitions are. */
const markEveryMs = 250

/**
 * The consumers of the bus, in two groups so that neither waits for the other: one folds the views, one tells the
 * gateways what happens. The work can be shared by as many processes as there are partitions.
 */
export const startProjector = async (deps: ProjectorDeps): Promise<ClusterProjector> => {
  const { bus, store, views, registry, channels, onParked, onError } = deps
  const readingOf = createPartitionReaders(deps)
  const progress = createProgressSender({ channels, onError })
  const live = new Map<number, FanOutPartition>()
  const controls = new Map<number, ViewsControl>()

  const openViews = async (partition: number): Promise<SliceConsumer> => {
    const consumer = await openViewPartition(partition, {
      ...readingOf(partition),
      ...{ store, views, onParked, onError },
      onReached: (upTo, collections) => progress.reached({ partition, upTo, collections }),
    })
    controls.set(partition, consumer.control)
    const ending = new AbortController()
    return {
      take: pacedWrites(telling(consumer, deps.onFolded), ending.signal),
      close: async () => {
        ending.abort()
        if (controls.get(partition) === consumer.control) controls.delete(partition)
        await consumer.close()
        progress.forget(partition)
      },
    }
  }

  const openLive = async (partition: number): Promise<SliceConsumer> => {
    const consumer = openFanOutPartition({
      ...deps,
      ...readingOf(partition),
      openSender: async (from) => {
        const gateways = await registry.gateways()
        return createLiveSender({ partition, from, gateways, registry, channels, onError })
      },
    })
    live.set(partition, consumer)
    return {
      take: telling(consumer, deps.onSent),
      close: async () => {
        if (live.get(partition) === consumer) live.delete(partition)
        await consumer.close()
      },
    }
  }

  let marking = false
  const mark = async (): Promise<void> => {
    if (marking) return
    marking = true
    try {
      await markGateways(
        [...live.values()].flatMap((partition) => partition.sender() ?? []),
        registry,
      )
    } catch (error) {
      onError(error)
    } finally {
      marking = false
    }
  }
  const timer = setInterval(() => void mark(), markEveryMs)
  const stopAnswering = await answerViews({ channels, controls, onError })

  const options = (from: ConsumeOptions['from']): ConsumeOptions => ({ from, onError })
  const groups: readonly Consumption[] = await Promise.all([
    bus.consume('views', openViews, { ...options('earliest'), gatherMs: viewsGatherMs }),
    bus.consume('fan-out', openLive, options('latest')),
  ])

  return {
    partitions: () => ({ views: groups[0]?.partitions() ?? [], fanOut: groups[1]?.partitions() ?? [] }),
    lag: async () => (await groups[0]?.lag()) ?? new Map(),
    close: async () => {
      clearInterval(timer)
      await stopAnswering()
      await Promise.all(groups.map((group) => group.close()))
      progress.close()
    },
  }
}
