import type { Passage } from '../../observability/event-passage.ts'
import { measuredLog } from '../../observability/measured-log.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { measuredChannels } from '../../processes/live/measured-channels.ts'
import type { ClusterEngines } from './cluster-engines.ts'

/** The same engines, with their traffic counted. */
export const measuredEngines = (engines: ClusterEngines, metrics: Metrics, passage: Passage): ClusterEngines => ({
  ...engines,
  log: measuredLog(engines.log, metrics, passage),
  channels: measuredChannels(engines.channels, {
    onLiveFrameSent: () => metrics.liveFramesSent.inc(),
    onLiveFrameReceived: () => metrics.liveFramesReceived.inc(),
  }),
})
