import { closeCodes } from '@backscroll/protocol/close-codes'
import type { Logger } from 'pino'
import type { EmbeddedLog } from '../adapters/embedded/log/embedded-log.ts'
import type { Foreign } from '../event-log/checkpoint.ts'
import type { GatewayMetrics } from '../gateway/gateway-metrics.ts'
import type { Metrics } from '../observability/metrics.ts'

const foreignLine =
  'a device has a checkpoint that this log cannot have given out: if it says the truth, the log is an older copy or has lost its end, and what was acknowledged after it is missing; it gets a snapshot. Restore the newest backup, or accept the loss: stop the server and run `backscroll renew-epoch`'

/**
 * Those of the protocol, and what `ws` and well-behaved clients say. A client may close with any number: each would be
 * a series of its own.
 */
const knownCloses: ReadonlySet<number> = new Set([
  ...Object.values(closeCodes),
  ...[1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011],
])

/** Counts what the gateway tells. */
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

/** So often at most it is written down, milliseconds: anybody can make a checkpoint up. */
const foreignEveryMs = 60_000

/** Counts checkpoints that this log cannot have given out, and says what they mean. */
export const reportForeign = (
  metrics: Pick<Metrics, 'foreignCheckpoints'>,
  logger: Logger,
  now: () => number = () => performance.now(),
): ((why: Foreign) => void) => {
  let saidAt = Number.NEGATIVE_INFINITY
  return (why) => {
    metrics.foreignCheckpoints.inc({ why })
    if (now() - saidAt < foreignEveryMs) return
    saidAt = now()
    logger.error({ why }, foreignLine)
  }
}

/** Counts events and commits from what the log says after each commit. */
export const observeLog = async (log: EmbeddedLog, metrics: Metrics): Promise<void> => {
  let before = await log.head()
  log.onHead((head) => {
    metrics.appendedEvents.inc(Number(head - before))
    metrics.commitSize.observe(Number(head - before))
    before = head
  })
}
