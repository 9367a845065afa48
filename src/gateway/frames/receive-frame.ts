import type { ClientFrame } from '@backscroll/protocol/client-frames'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { RawData } from 'ws'
import type { ProcessLimits } from '../../edge/limits/process-limits.ts'
import { type Admission, retryAfter, takeToken } from '../../edge/limits/token-bucket.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import type { Session } from '../sessions/session.ts'
import type { Lifecycle } from '../sessions/session-lifecycle.ts'
import { isOpen } from '../sessions/session-state.ts'
import type { Answers } from './frame-answers.ts'
import { frameId, parseFrame, type Refusal } from './parse-frame.ts'
import { takeUserFrame } from './user-frames.ts'

export interface ReceiveDeps {
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly metrics: GatewayMetrics
  readonly config: GatewayConfig
  readonly metering: Pick<ProcessLimits, 'limits' | 'meter'>
  readonly now: () => number
  /** Serves a valid frame; its id, if any, is in flight. */
  readonly serve: (session: Session, frame: ClientFrame) => void
}

const usedId = new ProtocolError('invalid', undefined, {
  details: { field: 'id', reason: 'is the id of a frame that waits for its answer' },
})

const textOf = (data: RawData, isBinary: boolean): string => {
  if (isBinary) return ''
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return data instanceof ArrayBuffer ? Buffer.from(data).toString() : data.toString()
}

/** Incoming frames: rate, shape, order and number are checked here, before anything is done [T3], [T7]. */
export const createReceive = (deps: ReceiveDeps): ((session: Session, data: RawData, isBinary: boolean) => void) => {
  const { answers, lifecycle, metrics, config, metering, now, serve } = deps
  const rate = metering.limits.connection

  const tellToWait = (session: Session, retryAfterMs: number, text: string): void =>
    answers.refuse(session, frameId(text), new ProtocolError('rate_limited', undefined, { retryAfterMs }))

  /** This connection floods; the user's others have done nothing. */
  const overRate = (session: Session, admission: Admission, text: string): void => {
    tellToWait(session, retryAfter(session.bucket, rate), text)
    if (admission === 'flooding') lifecycle.end(session, 'flooding')
  }

  const refuse = (session: Session, { code, id, details }: Refusal): void => {
    answers.refuse(session, id, new ProtocolError(code, undefined, details === undefined ? {} : { details }))
    if (code !== 'malformed') return
    session.malformed += 1
    if (session.malformed >= config.maxMalformed) lifecycle.end(session, 'protocol_error')
  }

  /** What forbids this frame now, apart from its content. */
  const objection = (session: Session, frame: ClientFrame): ProtocolError | undefined => {
    const awaiting = session.state.name === 'awaiting_connect'
    if (awaiting && frame.type !== 'connect') return new ProtocolError('not_connected')
    if (!awaiting && frame.type === 'connect') return new ProtocolError('already_connected')
    if (session.leaving) return new ProtocolError('shutting_down')
    const full = frame.id !== undefined && (session.inFlight?.size ?? 0) >= config.maxInFlight
    return full ? new ProtocolError('too_many_in_flight') : undefined
  }

  const admit = (session: Session, frame: ClientFrame): void => {
    const { id } = frame
    const used = id !== undefined && session.inFlight?.has(id) === true
    const error = used ? usedId : objection(session, frame)
    if (error !== undefined) {
      answers.refuse(session, used ? undefined : id, error)
      return
    }
    if (id !== undefined) session.inFlight = (session.inFlight ?? new Set()).add(id)
    serve(session, frame)
  }

  return (session, data, isBinary) => {
    if (!isOpen(session.state)) return
    metrics.frameReceived()
    session.unansweredPings = 0
    const text = textOf(data, isBinary)
    const admission = takeToken(session.bucket, rate, now())
    if (admission !== 'admitted') return overRate(session, admission, text)
    const waitMs = takeUserFrame(metering, session)
    if (waitMs > 0) return tellToWait(session, waitMs, text)
    const parsed = parseFrame(text)
    if (parsed.ok) admit(session, parsed.frame)
    else refuse(session, parsed.refusal)
  }
}
