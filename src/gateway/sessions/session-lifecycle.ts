import { type CloseReason, closeCodes } from '@backscroll/protocol/close-codes'
import type { ErrorCode } from '@backscroll/protocol/errors'
import type { EncodedPage } from '../../projections/sync/sync-service.ts'
import { frameText } from '../delivery/frame-texts.ts'
import type { SocketWrites } from '../delivery/socket-writes.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import { above, createLiveBuffer } from './live-buffer.ts'
import type { Registry } from './local-sessions.ts'
import type { Session } from './session.ts'
import { type SessionEffect, type SessionEvent, transition } from './session-state.ts'
import type { TimerWheel } from './timer-wheel.ts'

/** The last page before live events. */
type PageEnd = Pick<EncodedPage, 'checkpoint' | 'upTo' | 'degraded'>

/** Carries out what the state table decides. */
export interface Lifecycle {
  /** Returns the refusal if the event was a frame out of order. */
  step(session: Session, event: SessionEvent, page?: PageEnd): ErrorCode | undefined
  end(session: Session, reason: CloseReason): void
}

export interface LifecycleDeps {
  readonly registry: Registry
  readonly outlet: SocketWrites
  readonly wheel: TimerWheel
  readonly metrics: GatewayMetrics
  readonly config: Pick<GatewayConfig, 'drainTimeoutMs'>
  readonly now: () => number
  /** The session entered the hub. */
  readonly onHere: (session: Session) => void
  /** The session left the hub. */
  readonly onGone: (session: Session) => void
}

export const createLifecycle = (deps: LifecycleDeps): Lifecycle => {
  const { registry, outlet, wheel, metrics, config, now, onHere, onGone } = deps

  const register = (session: Session): void => {
    const replaced = registry.add(session)
    if (replaced !== undefined) end(replaced, 'replaced')
    onHere(session)
  }

  const unregister = (session: Session): void => {
    registry.remove(session)
    onGone(session)
  }

  const releaseBuffer = (session: Session, page: PageEnd | undefined): void => {
    const { buffer } = session
    session.buffer = undefined
    session.degraded = page?.degraded
    if (page !== undefined) session.told = page.upTo
    if (buffer === undefined) return
    for (const { kind, text } of above(buffer, page?.upTo)) outlet[kind](session, text)
  }

  const sayResyncNeeded = (session: Session): void => {
    metrics.resyncNeeded()
    session.drainBy = now() + config.drainTimeoutMs
    wheel.schedule(session, Math.min(config.drainTimeoutMs, Math.max(0, session.beatAt - now())))
    outlet.push(session, frameText({ type: 'resync_needed' }))
  }

  const closeSocket = (session: Session): void => {
    wheel.cancel(session)
    outlet.flush(session)
    if (session.state.name === 'closing') session.ws.close(closeCodes[session.state.reason], session.state.reason)
    if (session.ws.isPaused) session.ws.resume()
  }

  const effectHandlers: Record<SessionEffect, (session: Session, page: PageEnd | undefined) => void> = {
    register,
    unregister,
    open_buffer: (session) => {
      session.buffer = createLiveBuffer()
    },
    drop_buffer: (session) => {
      session.buffer = undefined
    },
    release_buffer: releaseBuffer,
    say_caught_up: (session, page) => {
      const degraded = page?.degraded && { degraded: [...page.degraded] }
      outlet.push(session, frameText({ type: 'caught_up', checkpoint: page?.checkpoint ?? '', ...degraded }))
    },
    say_resync_needed: sayResyncNeeded,
    close_socket: closeSocket,
  }

  const step = (session: Session, event: SessionEvent, page?: PageEnd): ErrorCode | undefined => {
    const { state, effects, refusal } = transition(session.state, event)
    session.state = state
    for (const effect of effects) effectHandlers[effect](session, page)
    return refusal
  }

  const end = (session: Session, reason: CloseReason): void => void step(session, { type: 'end', reason })

  return { step, end }
}
