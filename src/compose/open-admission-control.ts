import type { Readiness } from '../api/api-deps.ts'
import type { Config } from '../config/config.ts'
import { type Admission, createAdmission } from '../edge/overload/admission-control.ts'
import { createDeliveryLag } from '../edge/overload/delivery-lag.ts'
import { watchLoopDelay } from '../edge/overload/event-loop-delay.ts'
import type { EventLogs } from '../event-log/event-logs.ts'
import { covers, logOf, type Positions } from '../event-log/positions.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Watermark } from '../projections/watermark/watermark.ts'

export interface OpenAdmission extends Admission {
  close(): void
}

export interface AdmissionParts {
  readonly config: Pick<Config, 'overload'>
  readonly log: Pick<EventLogs, 'logs'>
  /** Positions up to which live events have arrived at this process. */
  readonly dispatched: () => Positions
  readonly watermark: Watermark
  readonly serves: { readonly gateway: boolean }
  readonly metrics: Pick<Metrics, 'overloadRefusals' | 'watchLivePath'>
}

/**
 * A process that tells no live events sees the same events in the views. Those are written in batches, so less
 * often.
 */
const viewsTimes = 5

const monotonic = (): number => performance.now()

/** Measures how soon accepted events come back to this process, and refuses more while they are late. */
export const openAdmission = (parts: AdmissionParts): OpenAdmission => {
  const { config, log, dispatched, watermark, serves, metrics } = parts
  const passed = (): Positions => (serves.gateway ? dispatched() : watermark.current())
  const limitMs = config.overload.livePathMs * (serves.gateway ? 1 : viewsTimes)
  const loop = watchLoopDelay({ limitMs: config.overload.eventLoopMs, now: monotonic })
  const admission = createAdmission({
    paths: log.logs.map(() =>
      createDeliveryLag({ hasPassed: (position) => covers(passed(), position), limitMs, now: monotonic }),
    ),
    pathOf: logOf,
    loop,
    now: monotonic,
    random: Math.random,
    onRefused: (reason) => metrics.overloadRefusals.inc({ reason }),
  })
  metrics.watchLivePath(() => admission.ageMs() / 1_000)
  return { ...admission, close: loop.close }
}

/** A process with too much to do should get no more. */
export const readyWithin =
  (readiness: Readiness, { trouble }: Pick<Admission, 'trouble'>): Readiness =>
  async () => {
    const found = trouble()
    return found === undefined ? readiness() : [...(await readiness()), found]
  }
