import { randomUUID } from 'node:crypto'
import type { AccessEnd } from '@backscroll/protocol/close-codes'
import type { ProcessLimits } from '../edge/limits/process-limits.ts'
import type { DeltaSink } from '../ports/deltas.ts'
import type { SocketAccess, SocketVerifier } from '../ports/identity/access.ts'
import { frameText } from './delivery/frame-texts.ts'
import { createHub } from './delivery/hub.ts'
import { createControl } from './frames/control-frames.ts'
import { createReceive } from './frames/receive-frame.ts'
import { sendEphemeral } from './frames/send-ephemeral.ts'
import { createServeFrame } from './frames/serve-frame.ts'
import type { GatewayConfig } from './gateway-config.ts'
import { createGatewayParts, type GatewayDeps } from './gateway-parts.ts'
import { createAccessRechecks } from './sessions/access-rechecks.ts'
import { drain } from './sessions/drain.ts'
import { createHeartbeat } from './sessions/heartbeat.ts'
import { overflow } from './sessions/live-buffer.ts'
import { createSession, type Session, type SessionSocket, type SessionWebSocket } from './sessions/session.ts'

export interface Gateway {
  /** Where live deltas go. */
  readonly sink: DeltaSink
  readonly config: GatewayConfig
  readonly verifier: SocketVerifier
  readonly metering: ProcessLimits
  accepting(): boolean
  /** Resolves when work for a client without a session may begin. */
  turn(): Promise<void>
  /** A socket that was upgraded for `access`. */
  open(ws: SessionWebSocket, socket: SessionSocket, access: SocketAccess): Session
  receive: ReturnType<typeof createReceive>
  pong(session: Session): void
  /** A ping or pong came: whether it is within the rate, and a ping must be answered. */
  control(session: Session): boolean
  /** The socket is gone. `code`: as seen by the socket. */
  closed(session: Session, code: number): void
  /** Closes the sockets of a device, or of all devices of a user, at once, with the code that says why [T2]. */
  revoke(userId: string, why: AccessEnd, deviceId?: string): void
  /**
   * The access of one user, or of anybody, may have ended without this gateway's knowledge: it asks the store,
   * and closes sockets.
   */
  recheckAccess(userId?: string): void
  /** Live events may have been lost on their way here: every session syncs. */
  lost(): void
  /** An ephemeral frame from another gateway, for the users' live sessions. */
  pass(userIds: readonly string[], text: string): void
  /** The device has a newer connection, `sessionId`, at another gateway [T5]. */
  replaced(userId: string, deviceId: string, sessionId: string): void
  /** Refuses new sockets and frames, waits for answers in flight, closes every socket with 4000. */
  drain(): Promise<void>
  /** Whether a device of the user is connected here. */
  isLive(userId: string): boolean
}

/** Everything between sockets and the inside: sessions, their frames, and the fan-out of live deltas. */
export const createGateway = (deps: GatewayDeps): Gateway => {
  const parts = createGatewayParts(deps)
  const { config, metering, now, date, metrics, wheel, lifecycle, registry, outlet } = parts
  const due = createHeartbeat({ ...deps, ...parts, checkpoint: deps.sync.checkpoint, silent: deps.sync.silent })
  const receive = createReceive({ ...parts, serve: createServeFrame(parts) })
  const sessions = new Set<Session>()
  const checks = createAccessRechecks({
    ...{ judge: deps.judge, sessions, lifecycle, config },
    onError: (error) => deps.logger.warn({ err: error }, 'the standing of open sessions could not be read'),
  })
  let accepting = true
  wheel.start()

  const open = (ws: SessionWebSocket, socket: SessionSocket, access: SocketAccess): Session => {
    const bucket = { tokens: metering.limits.connection.burst, at: now() }
    const { userId, deviceId, issuedAt, prove } = access
    const expiresAt = now() + access.expiresAt - date()
    const connectBy = now() + config.connectTimeoutMs
    const who = { id: randomUUID(), userId, deviceId, expiresAt, issuedAt, prove }
    const session = createSession({ ...who, ws, socket, connectBy, bucket, due })
    sessions.add(session)
    // Not before: a session whose access ends from now on is found among the sessions, one whose access has ended by
    // now is found in the store.
    checks.enter(session)
    wheel.schedule(session, Math.min(connectBy, expiresAt) - now())
    metrics.connectionOpened()
    outlet.push(session, frameText({ type: 'challenge', challenge: session.id }))
    // The handshake may have begun before the drain.
    if (!accepting) lifecycle.end(session, 'server_restart')
    return session
  }

  const closed = (session: Session, code: number): void => {
    if (!sessions.delete(session)) return
    lifecycle.step(session, { type: 'socket_closed' })
    wheel.cancel(session)
    if (session.reach !== undefined) deps.reach?.leave(session.userId)
    session.reach = undefined
    metrics.connectionClosed(code)
  }

  const revoke = (userId: string, why: AccessEnd, deviceId?: string): void => {
    for (const session of sessions) {
      const meant = session.userId === userId && (deviceId === undefined || session.deviceId === deviceId)
      if (meant) lifecycle.end(session, why)
    }
  }

  const lost = (): void => {
    for (const session of sessions) {
      if (session.buffer !== undefined) overflow(session.buffer)
      else lifecycle.step(session, { type: 'fell_behind' })
    }
  }

  const replaced = (userId: string, deviceId: string, sessionId: string): void => {
    const session = registry.ofDevice(userId, deviceId)
    if (session !== undefined && session.id !== sessionId) lifecycle.end(session, 'replaced')
  }

  const hub = createHub({ ...parts, bounds: config })
  return {
    sink: {
      ...hub,
      events: (deltas) => {
        hub.events(deltas)
        parts.presence.heard(deltas)
      },
    },
    config,
    verifier: deps.verifier,
    metering: parts.metering,
    accepting: () => accepting,
    turn: deps.turn ?? (async () => {}),
    open,
    receive,
    pong: (session) => {
      session.unansweredPings = 0
    },
    control: createControl(parts),
    closed,
    revoke,
    recheckAccess: checks.look,
    lost,
    pass: (userIds, text) => sendEphemeral(registry, outlet, userIds, text),
    replaced,
    isLive: (userId) => registry.ofUser(userId).length > 0,
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
      if (deps.unread === undefined) parts.unread.close()
      checks.stop()
    },
  }
}
