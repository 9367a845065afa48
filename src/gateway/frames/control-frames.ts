import type { ProcessLimits } from '../../edge/limits/process-limits.ts'
import { takeToken } from '../../edge/limits/token-bucket.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { Session } from '../sessions/session.ts'
import type { Lifecycle } from '../sessions/session-lifecycle.ts'
import { isOpen } from '../sessions/session-state.ts'
import { takeUserFrame } from './user-frames.ts'

export interface ControlDeps {
  readonly lifecycle: Pick<Lifecycle, 'end'>
  readonly config: Pick<GatewayConfig, 'maxPendingBytes'>
  readonly metering: Pick<ProcessLimits, 'limits' | 'meter'>
  readonly now: () => number
}

/**
 * Pings and pongs count as frames [T7]: a client that floods with them is disconnected, and a ping is answered only
 * to a client that reads.
 */
export const createControl = ({ lifecycle, config, metering, now }: ControlDeps): ((session: Session) => boolean) => {
  const rate = metering.limits.connection
  return (session) => {
    if (!isOpen(session.state)) return false
    const admission = takeToken(session.bucket, rate, now())
    if (admission === 'flooding') lifecycle.end(session, 'flooding')
    if (admission !== 'admitted' || takeUserFrame(metering, session) > 0) return false
    return session.socket.writableLength <= config.maxPendingBytes
  }
}
