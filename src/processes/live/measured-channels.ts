import type { Channels } from '../../ports/channels.ts'
import { isLiveFrame } from '../messages/live-frame.ts'

export interface ChannelMeasures {
  onLiveFrameSent(): void
  onLiveFrameReceived(): void
}

/** Counts live frames that this process sent to gateways, and those that came to it. */
export const measuredChannels = (channels: Channels, measures: ChannelMeasures): Channels => ({
  ...channels,
  publish: async (channel, message) => {
    await channels.publish(channel, message)
    if (isLiveFrame(message)) measures.onLiveFrameSent()
  },
  listen: (channel, hear) =>
    channels.listen(channel, (message) => {
      if (isLiveFrame(message)) measures.onLiveFrameReceived()
      hear(message)
    }),
})
