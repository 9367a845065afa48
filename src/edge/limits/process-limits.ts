import type { SharedLimits } from '../../ports/shared-limits.ts'
import { createMeter, type Meter } from './limit-buckets.ts'
import { type LimitSettings, type Limits, limitsOf } from './limits.ts'
import { createSocketCaps, type SocketCaps } from './socket-caps.ts'

/** All limits of a process, and the counters for them. */
export interface Metering {
  readonly limits: Limits
  readonly meter: Meter
  readonly sockets: SocketCaps
}

export interface MeteringDeps {
  readonly settings: LimitSettings
  /** Where there are several processes: what they tell each other, and the name of this one among them. */
  readonly shared?: { readonly limits: SharedLimits; readonly holder: string } | undefined
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

export const createMetering = ({ settings, shared, now }: MeteringDeps): Metering => {
  const limits = limitsOf(settings)
  return {
    limits,
    meter: createMeter({ shared: shared?.limits, now }),
    sockets: createSocketCaps({ ...limits.sockets, others: shared }),
  }
}
