import type { LogPages } from '../../event-log/reading/log-pages.ts'
import type { DocumentStore } from '../../ports/document-store.ts'
import type { SliceConsumer } from '../../ports/event-bus.ts'
import type { EventReader, Position } from '../../ports/event-log.ts'
import { createPartitionFeed } from '../../projections/partitions/partition-feed.ts'
import { createPartitionNames, overtaken } from '../../projections/partitions/partition-names.ts'
import { createPartitionScan } from '../../projections/partitions/partition-scan.ts'
import { createPartitionStore } from '../../projections/partitions/partition-store.ts'
import type { Projection } from '../../projections/projection.ts'
import { createViewsControl } from '../../projections/runner/control/create-views-control.ts'
import type { Generations, ParkedStream } from '../../projections/runner/runner-meta.ts'
import { startRunner } from '../../projections/runner/view-runner.ts'
import type { ViewsControl } from '../../projections/views-control.ts'

export interface ViewPartitionDeps {
  readonly log: Pick<EventReader, 'epoch' | 'head' | 'readStream'>
  readonly pages: LogPages
  /** Shared by all partitions. */
  readonly store: DocumentStore
  readonly views: readonly Projection[]
  readonly belongs: (stream: string) => boolean
  /** Everything of the partition at or below is folded into these collections. */
  readonly onReached: (upTo: Position, collections: Readonly<Record<string, string>>) => void
  readonly onParked: (parked: ParkedStream) => void
  readonly onError: (error: unknown) => void
}

export interface ViewPartition extends SliceConsumer {
  /** An operator's requests about these views. */
  readonly control: ViewsControl
}

/** How soon a partition that stayed behind builds what the others have. */
const followEveryMs = 30_000

/** How long a replaced generation stays: a process that cannot hear how far the views are goes on reading it. */
const readableMs = 10 * 60_000

/**
 * The views of one partition, as long as this process holds it: a runner over the shared collections. Views that
 * have to be built are built from the log before the first slice is taken.
 */
export const openViewPartition = async (partition: number, deps: ViewPartitionDeps): Promise<ViewPartition> => {
  const { log, pages, store, views, belongs, onReached, onParked, onError } = deps
  const feed = createPartitionFeed({ log, scan: createPartitionScan(pages, belongs) })
  let taken = 0n
  let closed = false

  /** A view that is rebuilt in a new version stands still meanwhile, and the slowest view counts for all. */
  const reached = (generations: Generations): Position => {
    const position = runner.position()
    const whole =
      generations.size === views.length && [...generations.values()].every((one) => one.position === position)
    return whole && taken > position ? taken : position
  }
  const tell = (): void => {
    const generations = runner.generations()
    const names = [...generations].map(([view, { collection }]) => [view, collection])
    onReached(reached(generations), Object.fromEntries(names))
  }

  const runner = await startRunner({
    reader: feed.reader,
    store: createPartitionStore(store, partition),
    views,
    nameGeneration: createPartitionNames(store),
    dropDelayMs: readableMs,
    // The bus gathers while a batch is written.
    paceMs: 0,
    onParked,
    onSwitched: tell,
  })
  runner.ready.catch(() => {})

  /**
   * The process that had views rebuilt may not have reached this partition; or the partition has moved meanwhile,
   * or could not build.
   */
  const follow = async (): Promise<void> => {
    const names = await overtaken(store, views, runner.generations())
    if (names.length > 0) await control.rebuild(names)
  }
  const control = createViewsControl({
    runner: {
      ...runner,
      generations: () => {
        const generations = runner.generations()
        const position = reached(generations)
        return new Map(
          [...generations].map(([name, one]) => [
            name,
            one.position === runner.position() ? { ...one, position } : one,
          ]),
        )
      },
    },
    views,
    head: log.head,
    onRebuildFailed: (error) => {
      if (!closed) onError(error)
    },
  })
  const followInTime = (): void => void follow().catch((error: unknown) => (closed ? undefined : onError(error)))
  runner.ready.then(followInTime, () => {})
  const timer = setInterval(followInTime, followEveryMs)

  return {
    take: async (slice) => {
      taken = await Promise.race([feed.take(slice), runner.failed])
      tell()
    },
    control,
    close: async () => {
      closed = true
      clearInterval(timer)
      await feed.close()
      await runner.close()
    },
  }
}
