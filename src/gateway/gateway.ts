import { randomUUID } from 'node:crypto'
import type { Commands } from '../commands/commands.ts'
import type { Access, TokenVerifier } from '../ports/access.ts'
import type { DeltaSink } from '../ports/deltas.ts'
import type { Position } from '../ports/event-log.ts'
import type { Watermark } from '../ports/watermark.ts'
import type { Rosters, SyncService } from '../projections/sync-service.ts'
import type { ClientFrame } from '../protocol/client-frames.ts'
import { type Answers, createAnswers, type GatewayLogger } from './answers.ts'
import { drain } from './drain.ts'
import { defaultGatewayConfig, type GatewayConfig } from './gateway-config.ts'
import { type GatewayMetrics, noGatewayMetrics } from './gateway-metrics.ts'
import { createHeartbeat } from './heartbeat.ts'
import { createHub } from './hub.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { createMessageFrames } from './message-frames.ts'
import { createOutlet, type Outlet } from './outlet.ts'
import { createReauth } from './reauth.ts'
import { createReceive } from './receive.ts'
import { createRegistry, type Registry } from './registry.ts'
import { createResume } from './resume.ts'
import { createSession, type Session, type SessionSocket, type SessionWebSocket } from './session.ts'
import { isConnected } from './session-state.ts'
import { createSync } from './sync-frame.ts'
import { createTimerWheel, type TimerWheel } from './timer-wheel.ts'
import { createTyping, type Typing } from './typing.ts'

export interface GatewayDeps {
  readonly commands: Commands
  readonly sync: SyncService
  readonly rosters: Rosters
  readonly verifier: TokenVerifier
  readonly watermark: Watermark
  /** Position up to which the fan-out has handed events to `sink`. */
  readonly dispatched: () => Position
  readonly logger: GatewayLogger
  readonly config?: Partial<GatewayConfig>
  readonly metrics?: GatewayMetrics
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number
  /** In [0, 1): spreads heartbeats. */
  readonly random?: () => number
}

export interface Gateway {
  /** Where live deltas go. */
  readonly sink: DeltaSink
  readonly config: GatewayConfig
  readonly verifier: TokenVerifier
  accepting(): boolean
  /** A socket that was upgraded for `access`. */
  open(ws: SessionWebSocket, socket: SessionSocket, access: Access): Session
  receive: ReturnType<typeof createReceive>
  pong(session: Session): void
  /** The socket is gone. `code`: as seen by the socket. */
  closed(session: Session, code: number): void
  /** Closes the sockets of a revoked device, or of all devices of a user, with 4502, at once [T2]. */
  revoke(userId: string, deviceId?: string): void
  /** Refuses new sockets and frames, waits for answers in flight, closes every socket with 4000. */
  drain(): Promise<void>
  /** Open sockets, those that are closing included. */
  connections(): number
  /** Sessions that are connected and not closing. */
  liveConnections(): number
}

/** The parts that serve frames. */
interface Parts {
  readonly deps: GatewayDeps
  readonly config: GatewayConfig
  readonly now: () => number
  readonly random: () => number
  readonly metrics: GatewayMetrics
  readonly registry: Registry
  readonly wheel: TimerWheel
  readonly outlet: Outlet
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly typing: Typing
}

const createParts = (deps: GatewayDeps): Parts => {
  const config = { ...defaultGatewayConfig, ...deps.config }
  const { now = Date.now, random = Math.random, metrics = noGatewayMetrics, logger, rosters } = deps
  const registry = createRegistry()
  const wheel = createTimerWheel({ tickMs: config.tickMs, now })
  const onSlow = (session: Session): void => void lifecycle.step(session, { type: 'fell_behind' })
  const outlet = createOutlet({ maxPendingBytes: config.maxPendingBytes, metrics, onSlow })
  const answers = createAnswers({ outlet, logger })
  const typing = createTyping({ rosters, registry, outlet, answers, wheel, config, now })
  const lifecycle = createLifecycle({ registry, outlet, wheel, metrics, config, now, onGone: typing.forget })
  return { deps, config, now, random, metrics, registry, wheel, outlet, answers, lifecycle, typing }
}

const createServe = (parts: Parts): ((session: Session, frame: ClientFrame) => void) => {
  const { deps, config, now, random, wheel } = parts
  const onConnected = (session: Session): void => {
    session.beatAt = now() + config.heartbeatMs * (0.5 + random() / 2)
    wheel.schedule(session, Math.min(session.beatAt, session.expiresAt) - now())
  }
  const connect = createResume({ ...deps, ...parts, onConnected })
  const sync = createSync({ ...deps, ...parts })
  const reauth = createReauth({ ...deps, ...parts })
  const messages = createMessageFrames({ ...deps, ...parts })
  return (session, frame) => {
    switch (frame.type) {
      case 'connect':
        return connect(session, frame)
      case 'sync':
        return sync(session, frame)
      case 'reauth':
        return reauth(session, frame)
      case 'send_message':
        return messages.send(session, frame)
      case 'message_ack':
        return messages.acknowledge(session, frame)
      case 'typing_indicator':
        return parts.typing.indicate(session, frame)
    }
  }
}

/** Everything between sockets and the inside: sessions, their frames, and the fan-out of live deltas. */
export const createGateway = (deps: GatewayDeps): Gateway => {
  const parts = createParts(deps)
  const { config, now, metrics, wheel, lifecycle } = parts
  const due = createHeartbeat({ ...deps, ...parts, checkpoint: deps.sync.checkpoint })
  const receive = createReceive({ ...parts, serve: createServe(parts) })
  const sessions = new Set<Session>()
  let accepting = true
  wheel.start()

  const open = (ws: SessionWebSocket, socket: SessionSocket, access: Access): Session => {
    const bucket = { tokens: config.burst, at: now() }
    const { userId, deviceId, expiresAt } = access
    const connectBy = now() + config.connectTimeoutMs
    const session = createSession({ id: randomUUID(), userId, deviceId, ws, socket, expiresAt, connectBy, bucket, due })
    sessions.add(session)
    wheel.schedule(session, Math.min(connectBy, expiresAt) - now())
    metrics.connectionOpened()
    return session
  }

  const closed = (session: Session, code: number): void => {
    if (!sessions.delete(session)) return
    lifecycle.step(session, { type: 'socket_closed' })
    wheel.cancel(session)
    metrics.connectionClosed(code)
  }

  const revoke = (userId: string, deviceId?: string): void => {
    for (const session of sessions) {
      const meant = session.userId === userId && (deviceId === undefined || session.deviceId === deviceId)
      if (meant) lifecycle.end(session, 'revoked')
    }
  }

  return {
    sink: createHub({ ...parts, bounds: config }),
    config,
    verifier: deps.verifier,
    accepting: () => accepting,
    open,
    receive,
    pong: (session) => {
      session.unansweredPings = 0
    },
    closed,
    revoke,
    drain: async () => {
      accepting = false
      await drain({
        sessions,
        lifecycle,
        spreadMs: config.drainSpreadMs,
        answersMs: config.drainAnswersMs,
        farewellMs: config.drainFarewellMs,
      })
      wheel.stop()
    },
    connections: () => sessions.size,
    liveConnections: () => [...sessions].filter(({ state }) => isConnected(state)).length,
  }
}
