import type { ClusterConfig } from '../../config/cluster-config.ts'
import { createJoinedBus } from '../../event-log/bus/joined-bus.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import { createPartitionOf, partitionsOf } from '../../event-log/partitioning.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { createLoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { hotConversations } from '../server-settings.ts'
import { type ClusterEngines, partitioningOf } from './cluster-engines.ts'
import type { ReadSide } from './read-side.ts'

type Open = (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>

/** Opens the bodies of events from the bus, whichever log they are in: the logs keep their keys in one place. */
const openBodiesOf = ({ logs }: EventLogs): Open =>
  logs.find(({ sealed }) => sealed)?.sealed?.open ?? (async (events) => events)

export interface PartitionWorkParts {
  readonly engines: ClusterEngines
  readonly read: ReadSide
  readonly config: ClusterConfig
}

/** What every consumer of the bus that follows rosters works with, whatever it does with the events. */
export const partitionWork = ({ engines, read, config }: PartitionWorkParts) => {
  const { documents, watermark, collectionOf } = read
  const { log, buses, registry } = engines
  const partitioning = partitioningOf(engines, config.cluster.partitions)
  return {
    ...{ logs: log.logs.map((one) => one.sealed?.stored ?? one), partitioning, bus: createJoinedBus(buses), registry },
    partitionOf: createPartitionOf(log, partitioning),
    loadRosterAt: createLoadRosterAt({ log, documents, collectionOf, watermark }),
    openBodies: openBodiesOf(log),
    maxRosters: Math.ceil(hotConversations / partitionsOf(partitioning).length) * 2,
  }
}
