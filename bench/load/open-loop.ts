import { setTimeout as sleep } from 'node:timers/promises'
import { isTraced } from '../../src/observability/event-passage.ts'
import { createLatencies, type Percentiles } from './latencies.ts'
import type { DeliveredTrace, Measured, Pairs } from './pairs.ts'

export interface OpenLoopOptions {
  /** Messages per second, over all pairs. */
  readonly rate: number
  readonly seconds: number
  /** One message in so many is traced, as `BACKSCROLL_TRACE_EVERY` has it; none when absent. */
  readonly traceEvery?: number
}

export interface OfferedLatencies {
  readonly acknowledged: Percentiles
  readonly delivered: Percentiles
  readonly messages: number
  /** How often the server took no more for now. */
  readonly refusals: number
  readonly traces: readonly DeliveredTrace[]
}

/**
 * Messages are due at fixed times, whatever the server does, and latency counts from then: a server that stalls is charged for all
 * that had to wait (no coordinated omission). The generator's own lateness is included.
 */
export const openLoop = async (pairs: Pairs, options: OpenLoopOptions): Promise<OfferedLatencies> => {
  const { rate, seconds, traceEvery } = options
  const measured: Measured = {
    acknowledged: createLatencies(),
    delivered: createLatencies(),
    traces: [],
    refusals: 0,
    isTraced: (event) => traceEvery !== undefined && isTraced(event, traceEvery),
  }
  pairs.measured = measured
  const [start, total] = [performance.now(), rate * seconds]
  for (let next = 0; next < total; ) {
    const due = Math.min(total, ((performance.now() - start) * rate) / 1000)
    for (; next <= due && next < total; next += 1) {
      const pair = pairs.all[next % pairs.all.length]
      if (pair !== undefined) pairs.send(pair, start + (next * 1000) / rate)
    }
    await sleep(1)
  }
  await pairs.settled()
  pairs.measured = undefined
  return {
    acknowledged: measured.acknowledged.percentiles(),
    delivered: measured.delivered.percentiles(),
    messages: total,
    refusals: measured.refusals,
    traces: measured.traces,
  }
}
