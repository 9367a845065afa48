import { lowerOfEach, type Positions, samePositions } from '../../event-log/positions.ts'
import type { Watermark } from '../../projections/watermark/watermark.ts'
import { frameText } from '../delivery/frame-texts.ts'
import type { SocketWrites } from '../delivery/socket-writes.ts'
import { pingFrame, textFrame } from '../delivery/websocket-frame.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { Session } from './session.ts'
import type { Lifecycle } from './session-lifecycle.ts'
import { isOpen } from './session-state.ts'

export interface HeartbeatDeps {
  readonly watermark: Watermark
  /** Positions up to which events were handed to the hub. */
  readonly dispatched: () => Positions
  readonly checkpoint: (positions: Positions) => string
  /** Names of the logs that do not answer at present. */
  readonly silent: () => readonly string[]
  readonly outlet: SocketWrites
  readonly lifecycle: Lifecycle
  readonly config: Pick<GatewayConfig, 'heartbeatMs' | 'maxPendingBytes'>
}

const missedPongs = 2

/** Everything about a session that depends on time: connect time-out, token expiry [T2], slow sockets [T7], heartbeats [T6]. */
export const createHeartbeat = (deps: HeartbeatDeps): ((session: Session, now: number) => number | undefined) => {
  const { watermark, dispatched, checkpoint, silent, outlet, lifecycle, config } = deps
  const bare = pingFrame + textFrame(frameText({ type: 'heartbeat' }))
  let newest: Positions = []
  let withCheckpoint = bare

  /** One text for all sessions while nothing moves. Never beyond what every live session was given. */
  const beatText = (): string => {
    const positions = lowerOfEach(watermark.current(), dispatched())
    if (samePositions(positions, newest)) return withCheckpoint
    newest = positions
    withCheckpoint = pingFrame + textFrame(frameText({ type: 'heartbeat', checkpoint: checkpoint(positions) }))
    return withCheckpoint
  }

  /**
   * Its last page lacked what a silent log holds: no checkpoint may jump over that, and when the log is back it
   * has to sync.
   */
  const checkDegraded = (session: Session): void => {
    const { degraded } = session
    if (degraded === undefined || session.state.name !== 'live') return
    const away = silent()
    if (!degraded.some((name) => away.includes(name))) lifecycle.step(session, { type: 'fell_behind' })
  }

  const beat = (session: Session, now: number): void => {
    session.beatAt = now + config.heartbeatMs
    session.unansweredPings += 1
    checkDegraded(session)
    if (session.socket.writableLength > config.maxPendingBytes) return
    outlet.frames(session, session.state.name === 'live' && session.degraded === undefined ? beatText() : bare)
  }

  const checkDrain = (session: Session, now: number): void => {
    if (session.drainBy === undefined) return
    if (session.socket.writableLength <= config.maxPendingBytes / 2) session.drainBy = undefined
    else if (now >= session.drainBy) lifecycle.end(session, 'too_slow')
  }

  const check = (session: Session, now: number): void => {
    if (now >= session.expiresAt) lifecycle.end(session, 'token_expired')
    checkDrain(session, now)
    if (now < session.beatAt || !isOpen(session.state)) return
    const silent = session.state.name === 'awaiting_connect' || session.unansweredPings >= missedPongs
    if (silent) lifecycle.end(session, 'heartbeat_lost')
    else beat(session, now)
  }

  return (session, now) => {
    check(session, now)
    if (!isOpen(session.state)) return undefined
    return Math.max(0, Math.min(session.beatAt, session.expiresAt, session.drainBy ?? session.beatAt) - now)
  }
}
