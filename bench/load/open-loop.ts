import { setTimeout as sleep } from 'node:timers/promises'
import { createLatencies, type Percentiles } from './latencies.ts'
import type { Pairs } from './pairs.ts'

export interface OpenLoopOptions {
  /** Messages per second, over all pairs. */
  readonly rate: number
  readonly seconds: number
}

export interface OfferedLatencies {
  readonly acknowledged: Percentiles
  readonly delivered: Percentiles
  readonly messages: number
}

/**
 * Messages are due at fixed times, whatever the server does, and latency counts from then: a server that stalls is charged for all
 * that had to wait (no coordinated omission). The generator's own lateness is included.
 */
export const openLoop = async (pairs: Pairs, { rate, seconds }: OpenLoopOptions): Promise<OfferedLatencies> => {
  const latencies = { acknowledged: createLatencies(), delivered: createLatencies() }
  pairs.measured = latencies
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
    acknowledged: latencies.acknowledged.percentiles(),
    delivered: latencies.delivered.percentiles(),
    messages: total,
  }
}
