import type { Commands } from '../commands/commands.ts'
import type { FairQueue } from '../edge/egress/fair-queue.ts'
import type { Unread } from '../edge/egress/unread-bytes.ts'
import type { ProcessLimits } from '../edge/limits/process-limits.ts'
import type { Positions } from '../event-log/positions.ts'
import type { AccessJudge, SocketVerifier } from '../ports/identity/access.ts'
import type { Rosters, SyncService } from '../projections/sync/sync-service.ts'
import type { Watermark } from '../projections/watermark/watermark.ts'
import { createSocketWrites, type SocketWrites } from './delivery/socket-writes.ts'
import { type Answers, createAnswers, type GatewayLogger } from './frames/frame-answers.ts'
import { createSessionPresence, type PresenceParts, type SessionPresence } from './frames/presence-frames.ts'
import { createTyping, type Typing } from './frames/typing.ts'
import { fixedGatewayConfig, type GatewayConfig, type GatewaySettings } from './gateway-config.ts'
import { type GatewayMetrics, noGatewayMetrics } from './gateway-metrics.ts'
import { createRegistry, type Registry } from './sessions/local-sessions.ts'
import type { Session } from './sessions/session.ts'
import { createLifecycle, type Lifecycle } from './sessions/session-lifecycle.ts'
import type { SessionReach } from './sessions/session-reach.ts'
import { createTimerWheel, type TimerWheel } from './sessions/timer-wheel.ts'

export interface GatewayDeps {
  readonly commands: Commands
  readonly sync: SyncService
  readonly rosters: Rosters
  readonly presence: PresenceParts
  readonly verifier: SocketVerifier
  /** Whether what a socket was opened with still counts. */
  readonly judge: AccessJudge['judge']
  readonly watermark: Watermark
  /** Positions up to which the fan-out has handed events to `sink`. */
  readonly dispatched: () => Positions
  readonly logger: GatewayLogger
  /** Other gateways; absent where there are none. */
  readonly reach?: SessionReach
  /** The queue before pages, and what clients have not read, of the whole process. */
  readonly reads: FairQueue
  readonly unread: Unread
  /** What is limited, over all processes. */
  readonly metering: ProcessLimits
  /** Asked before work for a client without a session. Default: it is done at once. */
  readonly turn?: () => Promise<void>
  readonly config: GatewaySettings & Partial<GatewayConfig>
  readonly metrics?: GatewayMetrics
  /** Milliseconds of a monotonic clock, for all timers and rates. Default: `performance.now()`. */
  readonly now?: () => number
  /** Milliseconds since the Unix epoch. */
  readonly date?: () => number
  /** In [0, 1): spreads heartbeats. */
  readonly random?: () => number
}

/** Shared by everything that serves sessions. */
export interface GatewayParts {
  readonly deps: GatewayDeps
  readonly config: GatewayConfig
  readonly now: () => number
  readonly date: () => number
  readonly random: () => number
  readonly metrics: GatewayMetrics
  readonly reads: FairQueue
  readonly unread: Unread
  readonly metering: ProcessLimits
  readonly registry: Registry
  readonly wheel: TimerWheel
  readonly outlet: SocketWrites
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly typing: Typing
  readonly presence: SessionPresence
}

export const createGatewayParts = (deps: GatewayDeps): GatewayParts => {
  const config = { ...fixedGatewayConfig, ...deps.config }
  const { now = () => performance.now(), date = Date.now, random = Math.random } = deps
  const { metrics = noGatewayMetrics, logger, rosters, reach, unread } = deps
  const registry = createRegistry()
  const wheel = createTimerWheel({ tickMs: config.tickMs, now })
  const onSlow = (session: Session): void => void lifecycle.step(session, { type: 'fell_behind' })
  const onDropped = (session: Session): void => lifecycle.end(session, 'too_slow')
  const outlet = createSocketWrites({ maxPendingBytes: config.maxPendingBytes, metrics, unread, onDropped, onSlow })
  const answers = createAnswers({ outlet, logger })
  const typing = createTyping({
    admit: deps.commands.admit,
    rosters,
    registry,
    reach,
    outlet,
    answers,
    wheel,
    config,
    now,
  })
  const presence = createSessionPresence({ ...deps.presence, outlet, answers, metering: deps.metering })
  const onGone = (session: Session): void => {
    typing.forget(session)
    presence.leave(session)
  }
  const lifecycle = createLifecycle({ registry, outlet, wheel, metrics, config, now, onHere: presence.enter, onGone })
  const times = { now, date, random }
  const { reads, metering } = deps
  return {
    deps,
    config,
    ...times,
    metrics,
    reads,
    unread,
    metering,
    registry,
    wheel,
    outlet,
    answers,
    lifecycle,
    typing,
    presence,
  }
}
