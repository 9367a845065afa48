import { createMemoryDocumentStore } from '../../../src/adapters/memory/document-store.ts'
import type { EventLogs } from '../../../src/event-log/event-logs.ts'
import { createRoutedLogs } from '../../../src/event-log/routing/routed-logs.ts'
import { evenSlotMap } from '../../../src/event-log/routing/slot-map.ts'
import { createPartitionNames } from '../../../src/projections/partitions/partition-names.ts'
import { createPartitionStore } from '../../../src/projections/partitions/partition-store.ts'
import { createSharedWatermark } from '../../../src/projections/partitions/shared-watermark.ts'
import { createQueries } from '../../../src/projections/queries/create-queries.ts'
import { startRunner } from '../../../src/projections/runner/view-runner.ts'
import { createSyncService } from '../../../src/projections/sync/create-sync-service.ts'
import { createSnapshot } from '../../../src/projections/sync/sync-snapshot.ts'
import { allViews } from '../../../src/projections/views/all-views.ts'
import { createGatedLog } from '../event-log/gated-log.ts'

/** How long a log is waited for: those in memory answer at once, or are away. */
const patienceMs = 15

/**
 * The read side over several logs in memory, each with a gate, its views kept by a runner for each log. `seen` is the logs as the read side has them, behind the
 * gates; `all` is past them. The views go on while a log is away for the read side alone (`viewsAreNear`).
 */
export const openSeveralLogs = async (count: number, viewsAreNear: boolean) => {
  const gates = Array.from({ length: count }, () => createGatedLog())
  const map = evenSlotMap('set', count)
  const seen = createRoutedLogs(
    gates.map(({ log }) => log),
    map,
    { patienceMs },
  )
  const all: EventLogs = createRoutedLogs(
    gates.map(({ memory }) => memory),
    map,
  )
  const documents = createMemoryDocumentStore()
  const watermark = createSharedWatermark({ logs: count, partitions: 1 })
  const runners = await Promise.all(
    (viewsAreNear ? all : seen).logs.map(async (reader, partition) => {
      const tell = () => {
        const collections = [...runner.generations()].map(([view, { collection }]) => [view, collection])
        watermark.hear({ partition, upTo: runner.position(), collections: Object.fromEntries(collections) })
      }
      const runner = await startRunner({
        reader,
        store: createPartitionStore(documents, partition),
        views: allViews,
        nameGeneration: createPartitionNames(documents),
        paceMs: 0,
        onProgress: () => setImmediate(tell),
        onSwitched: () => setImmediate(tell),
      })
      await runner.ready
      return runner
    }),
  )
  const deps = { log: seen, documents, collectionOf: watermark.collectionOf, watermark, now: Date.now }
  return {
    gates,
    all,
    seen,
    watermark,
    sync: createSyncService({ ...deps, waitMs: 5_000, patienceMs }),
    snapshot: createSnapshot({ ...deps, waitMs: 5_000 }),
    queries: createQueries({ ...deps, patienceMs }),
    close: async () => {
      for (const gate of gates) gate.back()
      await Promise.all(runners.map((runner) => runner.close()))
      await Promise.all([...gates.map(({ memory }) => memory.close())])
    },
  }
}

export type SeveralLogs = Awaited<ReturnType<typeof openSeveralLogs>>
