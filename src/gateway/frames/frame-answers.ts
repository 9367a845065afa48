import { ProtocolError } from '@backscroll/protocol/errors'
import { protocolErrorOf } from '../../edge/protocol-error.ts'
import { errorText, replyText } from '../delivery/frame-texts.ts'
import type { SocketWrites } from '../delivery/socket-writes.ts'
import type { Session } from '../sessions/session.ts'

/** Where the server's own failures are logged; pino's shape. */
export interface GatewayLogger {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Answers to frames: each id exactly one [T3]. A frame without an id gets only its errors. */
export interface Answers {
  /** `result`: JSON text, ASCII. */
  ok(session: Session, id: number | undefined, result: string): void
  fail(session: Session, id: number | undefined, error: unknown): void
  /** An error that answers no frame in flight. */
  refuse(session: Session, id: number | undefined, error: ProtocolError): void
}

export const createAnswers = (deps: { readonly outlet: SocketWrites; readonly logger: GatewayLogger }): Answers => {
  const { outlet, logger } = deps

  const settle = (session: Session, id: number): void => {
    session.inFlight?.delete(id)
    if (session.inFlight?.size === 0) session.inFlight = undefined
  }

  /** Whatever was thrown becomes one of the protocol's errors; an unexpected error is logged, never shown. */
  const protocolError = (session: Session, id: number | undefined, error: unknown): ProtocolError => {
    const known = protocolErrorOf(error)
    if (known !== undefined) return known
    const requestId = `${session.id}/${id ?? 0}`
    logger.error({ err: error, requestId }, 'a frame failed')
    return new ProtocolError('internal', undefined, { details: { requestId } })
  }

  const refuse = (session: Session, id: number | undefined, error: ProtocolError): void => {
    const text = errorText(error, id)
    if (id === undefined) outlet.push(session, text)
    else outlet.reply(session, text)
  }

  return {
    ok: (session, id, result) => {
      if (id === undefined) return
      settle(session, id)
      outlet.reply(session, replyText(id, result))
    },
    fail: (session, id, error) => {
      if (id !== undefined) settle(session, id)
      refuse(session, id, protocolError(session, id, error))
    },
    refuse,
  }
}
