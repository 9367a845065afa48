import { closeCodes } from '@backscroll/protocol/close-codes'
import type { GatewayMetrics } from '../gateway/gateway-metrics.ts'
import type { Metrics } from './metrics.ts'

/**
 * Those of the protocol, and what `ws` and well-behaved clients send. A client may close with any number: each
 * would be a series of its own.
 */
const knownCloses: ReadonlySet<number> = new Set([
  ...Object.values(closeCodes),
  ...[1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011],
])

/** Counts what the gateway reports. */
export const gatewayMetrics = (metrics: Metrics): GatewayMetrics => ({
  connectionOpened: () => metrics.connections.inc(),
  connectionClosed: (code) => {
    metrics.connections.dec()
    metrics.closes.inc({ code: knownCloses.has(code) ? code : 'other' })
  },
  frameReceived: () => metrics.framesReceived.inc(),
  written: (bytes) => {
    metrics.writes.inc()
    metrics.writtenBytes.inc(bytes)
  },
  delivered: (count) => metrics.deliveries.inc(count),
  resyncNeeded: () => metrics.resyncs.inc(),
})
