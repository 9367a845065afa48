import type { Passage } from '../../observability/event-passage.ts'
import type { Metrics } from '../../observability/metrics.ts'
import type { Channels } from '../../ports/channels.ts'
import type { EventLog } from '../../ports/event-log.ts'
import { isLiveFrame } from '../../processes/messages/live-frame.ts'

type LogMeasures = Pick<Metrics, 'appendedEvents' | 'commitSize'>
type ChannelMeasures = Pick<Metrics, 'liveFramesSent' | 'liveFramesReceived'>

/** Counts what this process appended, once the log has it. */
const measuredLog = <Log extends Pick<EventLog, 'append'>>(log: Log, metrics: LogMeasures, passage: Passage): Log => ({
  ...log,
  append: async (stream, events, expected) => {
    const appended = await log.append(stream, events, expected)
    metrics.appendedEvents.inc(events.length)
    metrics.commitSize.observe(events.length)
    const passing = events.map(({ at }, index) => ({ stream, revision: appended.firstRevision + index, at }))
    passage('appended', passing)
    return appended
  },
})

/** Counts live frames that this process sent to gateways, and those that came to it. */
const measuredChannels = (channels: Channels, metrics: ChannelMeasures): Channels => ({
  ...channels,
  publish: async (channel, message) => {
    await channels.publish(channel, message)
    if (isLiveFrame(message)) metrics.liveFramesSent.inc()
  },
  listen: (channel, hear) =>
    channels.listen(channel, (message) => {
      if (isLiveFrame(message)) metrics.liveFramesReceived.inc()
      hear(message)
    }),
})

/** The same engines, with what goes through them counted. */
export const measuredEngines = <
  Engines extends { readonly log: Pick<EventLog, 'append'>; readonly channels: Channels },
>(
  engines: Engines,
  metrics: LogMeasures & ChannelMeasures,
  passage: Passage,
): Engines => ({
  ...engines,
  log: measuredLog(engines.log, metrics, passage),
  channels: measuredChannels(engines.channels, metrics),
})
