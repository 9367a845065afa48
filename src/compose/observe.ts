import type { EmbeddedLog } from '../adapters/embedded/log/embedded-log.ts'
import type { GatewayMetrics } from '../gateway/gateway-metrics.ts'
import type { Metrics } from '../observability/metrics.ts'

/** Counts what the gateway tells. */
export const gatewayMetrics = (metrics: Metrics): GatewayMetrics => ({
  connectionOpened: () => metrics.connections.inc(),
  connectionClosed: (code) => {
    metrics.connections.dec()
    metrics.closes.inc({ code })
  },
  frameReceived: () => metrics.framesReceived.inc(),
  written: (bytes) => {
    metrics.writes.inc()
    metrics.writtenBytes.inc(bytes)
  },
  delivered: (count) => metrics.deliveries.inc(count),
  resyncNeeded: () => metrics.resyncs.inc(),
})

/** Counts events and commits from what the log says after each commit. */
export const observeLog = async (log: EmbeddedLog, metrics: Metrics): Promise<void> => {
  let before = await log.head()
  log.onHead((head) => {
    metrics.appendedEvents.inc(Number(head - before))
    metrics.commitSize.observe(Number(head - before))
    before = head
  })
}
