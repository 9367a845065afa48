import { createLoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { createPartitionOf, partitionsOf } from '../../projections/partitions/partitioning.ts'
import { createJoinedBus } from '../../roles/joined-bus.ts'
import { hotConversations } from '../server.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { type ClusterEngines, partitioningOf } from './engines.ts'
import type { ReadSide } from './read-side.ts'

export interface PartitionWorkParts {
  readonly engines: ClusterEngines
  readonly read: ReadSide
  readonly config: ClusterConfig
}

/** What every consumer of the bus that follows rosters works on, whatever it does with the events. */
export const partitionWork = ({ engines, read, config }: PartitionWorkParts) => {
  const { documents, watermark, collectionOf } = read
  const { log, buses, registry } = engines
  const partitioning = partitioningOf(engines, config.cluster.partitions)
  return {
    ...{ logs: log.logs, partitioning, bus: createJoinedBus(buses), registry },
    partitionOf: createPartitionOf(log, partitioning),
    loadRosterAt: createLoadRosterAt({ log, documents, collectionOf, watermark }),
    maxRosters: Math.ceil(hotConversations / partitionsOf(partitioning).length) * 2,
  }
}
