import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import { createMediaMetrics } from './media-metrics.ts'
import { createPresenceMetrics } from './presence-metrics.ts'
import { createPushMetrics } from './push-metrics.ts'
import { createTallies, createTally } from './tally.ts'

const ages = [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10]
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Every metric of a process; docs/operations.md explains each one. Labels have few values: no user, no conversation. */
export const createMetrics = () => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const sources: (() => { readonly unread: number; readonly waiting: number })[] = []
  const sum = (of: 'unread' | 'waiting'): number => sources.reduce((all, read) => all + read()[of], 0)
  const unreadBytes: Gauge = new Gauge({
    name: 'backscroll_unread_bytes',
    help: 'Bytes that clients have been given and have not read, over all sockets and answers.',
    registers,
    collect: () => unreadBytes.set(sum('unread')),
  })
  const waitingReads: Gauge = new Gauge({
    name: 'backscroll_waiting_reads',
    help: 'Resumes, syncs and large reads that wait for their turn.',
    registers,
    collect: () => waitingReads.set(sum('waiting')),
  })
  const paths: (() => number)[] = []
  const livePathAge: Gauge = new Gauge({
    name: 'backscroll_live_path_age_seconds',
    help: 'How long the oldest of what this process accepted, and live delivery has not told yet, is on its way.',
    registers,
    collect: () => livePathAge.set(Math.max(0, ...paths.map((ageOf) => ageOf()))),
  })
  return {
    registry,
    livePathAge,
    /** In seconds; read when the metrics are scraped. */
    watchLivePath: (ageOf: () => number): void => {
      paths.push(ageOf)
    },
    overloadRefusals: new Counter({
      name: 'backscroll_overload_refusals_total',
      help: 'Commands that were refused early, by why: live_path (what was accepted is late), event_loop (this process is late with everything).',
      labelNames: ['reason'] as const,
      registers,
    }),
    requestDuration: new Histogram({
      name: 'backscroll_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer.',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: seconds,
      registers,
    }),
    refusedConnections: new Counter({
      name: 'backscroll_http_refused_connections_total',
      help: 'Connections that brought no request, or not in time, by error code: request_timeout, too_large, malformed.',
      labelNames: ['reason'] as const,
      registers,
    }),
    commands: createTallies({
      name: 'backscroll_commands_total',
      help: 'Commands by type and outcome: accepted, duplicate, or the error code.',
      labelNames: ['type', 'outcome'] as const,
      registers,
    }),
    commandDuration: new Histogram({
      name: 'backscroll_command_duration_seconds',
      help: 'Time from a command to its durable answer.',
      labelNames: ['type'] as const,
      buckets: seconds,
      registers,
    }),
    appendedEvents: new Counter({
      name: 'backscroll_appended_events_total',
      help: 'Events that became durable; in a cluster, those that this process appended.',
      registers,
    }),
    commitSize: new Histogram({
      name: 'backscroll_commit_events',
      help: 'Events in one commit (one fsync); in a cluster, in one append.',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000],
      registers,
    }),
    outOfDescriptors: new Counter({
      name: 'backscroll_out_of_descriptors_total',
      help: 'How often this process, looking every five seconds, had no file descriptor left: connections are dropped then before they are seen.',
      registers,
    }),
    logDamage: new Counter({
      name: 'backscroll_log_damage_total',
      help: 'How often this process met damage of its own event log: it takes nothing from then on, and is not ready.',
      registers,
    }),
    foreignCheckpoints: new Counter({
      name: 'backscroll_foreign_checkpoints_total',
      help: 'Checkpoints of this epoch that devices hold and this log cannot have given out, by why: ahead of its end, or of another history. If they say the truth, the log is an older copy.',
      labelNames: ['why'] as const,
      registers,
    }),
    projectorLag: new Gauge({
      name: 'backscroll_projector_lag_positions',
      help: 'Positions between the head of the log and the views; of several logs, the one furthest ahead of its views.',
      registers,
    }),
    connections: new Gauge({
      name: 'backscroll_connections',
      help: 'Open WebSocket connections.',
      registers,
    }),
    conflicts: new Counter({
      name: 'backscroll_append_conflicts_total',
      help: 'Appends that met a concurrent writer and were decided again.',
      registers,
    }),
    closes: new Counter({
      name: 'backscroll_connection_closes_total',
      help: 'Closed WebSocket connections by close code; `other` for codes that only a client made up.',
      labelNames: ['code'] as const,
      registers,
    }),
    framesReceived: createTally({
      name: 'backscroll_frames_received_total',
      help: 'Frames that came from clients.',
      registers,
    }),
    writes: createTally({
      name: 'backscroll_socket_writes_total',
      help: 'Writes to sockets; each may hold several frames.',
      registers,
    }),
    writtenBytes: createTally({
      name: 'backscroll_socket_written_bytes_total',
      help: 'Bytes written to sockets.',
      registers,
    }),
    resyncs: new Counter({
      name: 'backscroll_resyncs_total',
      help: 'Sessions that lost their live feed because they were too slow, and must sync.',
      registers,
    }),
    droppedReaders: new Counter({
      name: 'backscroll_dropped_readers_total',
      help: 'Sockets and answers that were given up: their clients took nothing, or had too much unread.',
      registers,
    }),
    unreadBytes,
    waitingReads,
    /** Read when the metrics are scraped. */
    watchReading: (read: () => { readonly unread: number; readonly waiting: number }): void => {
      sources.push(read)
    },
    deliveries: createTally({
      name: 'backscroll_deliveries_total',
      help: 'Live events written to sockets, one per event and device.',
      registers,
    }),
    eventAge: new Histogram({
      name: 'backscroll_event_age_seconds',
      help: 'In a cluster: how old events are where they pass: appended (the log has them), relayed (the bus), folded (the views), sent (to gateways), received (by a gateway).',
      labelNames: ['place'] as const,
      buckets: ages,
      registers,
    }),
    relayActive: new Gauge({
      name: 'backscroll_relay_active',
      help: 'In a cluster: 1 where this process carries this log to the bus, 0 where it stands by.',
      labelNames: ['log'] as const,
      registers,
    }),
    parkedReactions: new Gauge({
      name: 'backscroll_parked_reactions',
      help: 'Streams of which something that follows from their events could not be done; 0 where this process does not look.',
      registers,
    }),
    workerActive: new Gauge({
      name: 'backscroll_worker_active',
      help: 'In a cluster: 1 where this process does what follows from events and sweeps blobs, 0 where it stands by.',
      registers,
    }),
    silentLogs: new Gauge({
      name: 'backscroll_silent_logs',
      help: 'In a cluster with several event logs: those that did not answer this process when it asked last.',
      registers,
    }),
    ...createPushMetrics(registers),
    relayedEvents: new Counter({
      name: 'backscroll_relayed_events_total',
      help: 'In a cluster: events that this process carried to the bus.',
      registers,
    }),
    busLag: new Gauge({
      name: 'backscroll_bus_lag_messages',
      help: 'In a cluster: messages of the bus that the views of the partitions held here have not taken.',
      registers,
    }),
    partitions: new Gauge({
      name: 'backscroll_partitions',
      help: 'In a cluster: partitions whose views this process keeps.',
      registers,
    }),
    configuredPartitions: new Gauge({
      name: 'backscroll_configured_partitions',
      help: 'In a cluster: partitions that there are; as many have to be kept by all processes together.',
      registers,
    }),
    parkedStreams: new Gauge({
      name: 'backscroll_parked_streams',
      help: 'In a cluster: streams whose views stand still, over all partitions.',
      registers,
    }),
    liveFramesSent: createTally({
      name: 'backscroll_live_frames_sent_total',
      help: 'In a cluster: frames that this projector sent to gateways, with live events or with how far it is.',
      registers,
    }),
    liveFramesReceived: createTally({
      name: 'backscroll_live_frames_received_total',
      help: 'In a cluster: those of these frames that came to this gateway.',
      registers,
    }),
    liveHoles: new Counter({
      name: 'backscroll_live_holes_total',
      help: 'In a cluster: how often this gateway missed live events and had its sessions sync.',
      registers,
    }),
    ...createPresenceMetrics(registers),
    ...createMediaMetrics(registers),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
