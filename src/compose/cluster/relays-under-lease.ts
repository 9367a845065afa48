import type { ClusterConfig } from '../../config/cluster-config.ts'
import { partitionOf } from '../../event-log/routing/stream-slots.ts'
import type { Passage } from '../../observability/event-passage.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { EventBus } from '../../ports/event-bus.ts'
import type { EventLog } from '../../ports/event-log.ts'
import { nameInLog } from '../../processes/reactions/process-names.ts'
import { startRelay } from '../../processes/relay/event-relay.ts'
import { type HeldLease, holdLease } from '../../processes/relay/hold-lease.ts'
import type { ClusterEngines } from './cluster-engines.ts'

export interface RelayParts {
  readonly engines: ClusterEngines
  readonly config: ClusterConfig
  readonly metrics: Metrics
  readonly passage: Passage
  /** The id of this process. */
  readonly id: string
  failing(what: string): (error: unknown) => void
}

const relayUnderLease = (
  { engines, id, config, metrics, passage, failing }: RelayParts,
  log: EventLog,
  bus: EventBus,
  index: number,
): HeldLease => {
  const label = { log: String(index) }
  metrics.relayActive.set(label, 0)
  return holdLease({
    leases: engines.leases,
    name: `${config.cluster.name}/${nameInLog('relay', index)}`,
    holder: id,
    onError: failing('the relay'),
    start: async () => {
      const relay = await startRelay({
        // Bodies pass through the bus as they are in the log: what is deleted becomes unreadable there as well.
        ...{ log: log.sealed?.stored ?? log, bus, name: nameInLog('relay', index) },
        checkpoints: engines.accounts,
        partitionOf: (stream) => partitionOf(stream, config.cluster.partitions),
        now: () => performance.now(),
        onError: failing('the relay'),
        onRelayed: (events) => {
          metrics.relayedEvents.inc(events.length)
          passage('relayed', events)
        },
      })
      metrics.relayActive.set(label, 1)
      return {
        failed: relay.done,
        close: async () => {
          metrics.relayActive.set(label, 0)
          await relay.close()
        },
      }
    },
  })
}

/** One relay for each log. Each runs in one process at a time. */
export const relaysUnderLease = (parts: RelayParts): readonly HeldLease[] =>
  parts.engines.log.logs.flatMap((log, index) => {
    const bus = parts.engines.buses[index]
    return bus === undefined ? [] : [relayUnderLease(parts, log, bus, index)]
  })
