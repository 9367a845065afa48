import type { FastifyRateLimitOptions, FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit'
import type { ProcessLimits } from '../../edge/limits/process-limits.ts'

type Callback = Parameters<FastifyRateLimitStore['incr']>[1]

/** Where the plugin counts: with everything else that is limited. It asks for a class. */
export const rateStoreOf = ({ limits, meter }: Pick<ProcessLimits, 'limits' | 'meter'>): FastifyRateLimitStoreCtor =>
  class RateStore implements FastifyRateLimitStore {
    readonly options: FastifyRateLimitOptions
    constructor(options: FastifyRateLimitOptions) {
      this.options = options
    }
    incr(whom: string, callback: Callback): void {
      const { burst, everyMs } = limits.requests
      const { waitMs, left } = meter.take(limits.requests, whom)
      const current = waitMs > 0 ? burst + 1 : burst - left
      callback(null, { current, ttl: waitMs > 0 ? waitMs : Math.ceil(current * everyMs) })
    }
    child(): FastifyRateLimitStore {
      return this
    }
  }
