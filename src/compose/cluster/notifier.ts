import type { Metrics } from '../../observability/metrics.ts'
import { createLoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { createPartitionOf, partitionsOf } from '../../projections/partitions/partitioning.ts'
import { createJoinedBus } from '../../roles/joined-bus.ts'
import { type Notifier, startNotifier } from '../../roles/notifier.ts'
import { hotConversations } from '../server.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { type ClusterEngines, partitioningOf } from './engines.ts'
import type { ReadSide } from './read-side.ts'

export interface NotifierParts {
  readonly engines: ClusterEngines
  readonly read: ReadSide
  readonly config: ClusterConfig
  readonly metrics: Metrics
  failing(what: string): (error: unknown) => void
}

/** Who is away is told to come back. */
export const openNotifier = ({ engines, read, config, metrics, failing }: NotifierParts): Promise<Notifier> => {
  const { documents, watermark, collectionOf } = read
  const { log, buses, registry, push } = engines
  const { partitions, pushGraceMs } = config.cluster
  const partitioning = partitioningOf(engines, partitions)
  return startNotifier({
    ...{ logs: log.logs, partitioning, bus: createJoinedBus(buses), registry, push },
    partitionOf: createPartitionOf(log, partitioning),
    loadRosterAt: createLoadRosterAt({ log, documents, collectionOf, watermark }),
    maxRosters: Math.ceil(hotConversations / partitionsOf(partitioning).length) * 2,
    graceMs: pushGraceMs,
    now: Date.now,
    onError: failing('the notifier'),
    onPushed: (notices) => metrics.pushNotices.inc(notices.length),
  })
}
