import type { ClusterConfig } from '../../config/cluster-config.ts'
import { createPartitionOf } from '../../event-log/partitioning.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { reportOf } from '../../observability/process-figures.ts'
import { openProcessReports } from '../../processes/live/process-reports.ts'
import { type AskedCluster, askViews } from '../../processes/views/ask-views.ts'
import { type ClusterEngines, partitioningOf } from './cluster-engines.ts'

interface Asking {
  readonly config: ClusterConfig
  readonly engines: ClusterEngines
  readonly metrics: Metrics
  /** The id of this process. */
  readonly id: string
  failing(what: string): (error: unknown) => void
}

/** How much every process has to do. */
export const askOtherProcesses = ({ engines, id, config, metrics, failing }: Asking) =>
  openProcessReports({
    ...{ channels: engines.channels, id },
    report: () => reportOf(metrics, id, [...config.cluster.roles]),
    onError: failing('asking the other processes'),
  })

/** The processes that run views are asked over the channels. */
export const askProjectors = ({ engines, id, config, failing }: Asking): Promise<AskedCluster> => {
  const partitioning = partitioningOf(engines, config.cluster.partitions)
  return askViews({
    ...{ channels: engines.channels, id, partitioning },
    partitionOf: createPartitionOf(engines.log, partitioning),
    onError: failing('asking the projectors'),
  })
}
