import { createHistogram } from 'node:perf_hooks'

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export const createLatencies = () => {
  const histogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 })
  return {
    /** Milliseconds. */
    record: (ms: number): void => histogram.record(Math.max(1, Math.round(ms * 1000))),
    percentiles: (): Percentiles => ({
      p50: histogram.percentile(50) / 1000,
      p99: histogram.percentile(99) / 1000,
      max: histogram.max / 1000,
    }),
  }
}

export type Latencies = ReturnType<typeof createLatencies>
