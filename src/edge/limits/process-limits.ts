import type { SharedLimits } from '../../ports/shared-limits.ts'
import { createLimitBuckets, type LimitBuckets } from './limit-buckets.ts'
import { type LimitSettings, type Limits, limitsOf } from './limits.ts'
import { createSocketCaps, type SocketCaps } from './socket-caps.ts'

/** All limits of a process, and the counters for them. */
export interface ProcessLimits {
  readonly limits: Limits
  readonly meter: LimitBuckets
  readonly sockets: SocketCaps
}

export interface ProcessLimitsDeps {
  readonly settings: LimitSettings
  /** Where there are several processes: what they tell each other, and the name of this one among them. */
  readonly shared?: { readonly limits: SharedLimits; readonly holder: string } | undefined
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

export const createProcessLimits = ({ settings, shared, now }: ProcessLimitsDeps): ProcessLimits => {
  const limits = limitsOf(settings)
  return {
    limits,
    meter: createLimitBuckets({ shared: shared?.limits, now }),
    sockets: createSocketCaps({ ...limits.sockets, others: shared }),
  }
}
