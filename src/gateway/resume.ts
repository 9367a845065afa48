import type { EncodedPage, SyncCursor, SyncService } from '../projections/sync-service.ts'
import type { ConnectFrame } from '../protocol/client-frames.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { ConnectResult } from '../protocol/server-frames.ts'
import type { Answers, GatewayLogger } from './answers.ts'
import { drained } from './drained.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Outlet } from './outlet.ts'
import type { Reach } from './reach.ts'
import { pagePush } from './server-texts.ts'
import type { Session } from './session.ts'
import { isOpen } from './session-state.ts'
import { ascii } from './websocket-frame.ts'

export interface ResumeDeps {
  readonly sync: SyncService
  readonly outlet: Outlet
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly config: GatewayConfig
  readonly logger: GatewayLogger
  readonly now: () => number
  readonly reach?: Reach
  /** Begins the heartbeats of a connected session. */
  readonly onConnected: (session: Session) => void
}

const wrongDevice = new ProtocolError('invalid', undefined, {
  details: { field: 'deviceId', reason: 'is not the device of the access token' },
})

/**
 * `connect` [C1]-[C3]. The session is registered, with a buffer, before the sync service is asked, and the buffer is sent after
 * the last page: what happens in between is in the pages, in the buffer, or in both, never in neither.
 */
export const createResume = (deps: ResumeDeps): ((session: Session, frame: ConnectFrame) => void) => {
  const { sync, outlet, answers, lifecycle, config, logger, now, reach, onConnected } = deps

  const result = (session: Session, recovered: boolean): string => {
    const { heartbeatMs, maxFrameBytes, maxInFlight, framesPerSecond, burst } = config
    const { id: sessionId, userId, deviceId } = session
    const limits = { heartbeatMs, maxFrameBytes, maxInFlight, rates: { framesPerSecond, burst } }
    const value: ConnectResult = { sessionId, userId, deviceId, ...limits, serverTime: now(), recovered }
    return ascii(JSON.stringify(value))
  }

  /** Pushes all pages, each after the socket took the one before. */
  const pushPages = async (session: Session, cursor: SyncCursor): Promise<EncodedPage> => {
    for (;;) {
      const page = await cursor.next(config.resumePage)
      if (page.events.length > 0 || page.receipts.length > 0) outlet.push(session, pagePush(page))
      outlet.flush(session)
      if (!(await drained(session.socket, config.drainTimeoutMs))) lifecycle.end(session, 'too_slow')
      if (!page.more || session.state.name !== 'resuming') return page
    }
  }

  /** A buffer that overflowed meanwhile costs one more round from the last page's checkpoint. */
  const rounds = async (session: Session, first: SyncCursor): Promise<void> => {
    let cursor = first
    while (session.state.name === 'resuming') {
      const page = await pushPages(session, cursor)
      lifecycle.step(session, { type: 'pages_done', overflowed: session.buffer?.overflowed === true }, page)
      if (session.state.name === 'resuming') cursor = await sync.resume(session.userId, page.checkpoint)
    }
  }

  /** Half a recovery is none: the client comes back with its own checkpoint. */
  const giveUp = (session: Session, error: unknown): void => {
    logger.warn({ err: error, sessionId: session.id }, 'a resume failed')
    lifecycle.end(session, 'internal')
  }

  const cannotBegin = (session: Session, id: number, error: unknown): void => {
    const refused = error instanceof ProtocolError && error.code === 'snapshot_required'
    if (refused) answers.ok(session, id, result(session, false))
    else answers.fail(session, id, error)
    lifecycle.step(session, { type: refused ? 'resume_refused' : 'resume_unavailable' })
  }

  const begin = (session: Session, id: number, cursor: SyncCursor): Promise<void> => {
    answers.ok(session, id, result(session, true))
    return rounds(session, cursor).catch((error) => giveUp(session, error))
  }

  const connect = (session: Session, { id, since }: ConnectFrame): void => {
    const refusal = lifecycle.step(session, { type: 'connect', resume: since !== undefined })
    if (refusal !== undefined) return answers.fail(session, id, new ProtocolError(refusal))
    onConnected(session)
    if (since === undefined) return answers.ok(session, id, result(session, false))
    sync.resume(session.userId, since).then(
      (cursor) => begin(session, id, cursor),
      (error) => cannotBegin(session, id, error),
    )
  }

  /** Known to the other processes first, then here: a live event that comes in between is in the pages. */
  const enter = async (session: Session, frame: ConnectFrame, others: Reach): Promise<void> => {
    session.reach = 'telling'
    await others.enter(session.userId)
    if (!isOpen(session.state)) return
    session.reach = 'told'
    connect(session, frame)
    others.connected(session.userId, session.deviceId, session.id)
  }

  return (session, frame) => {
    if (frame.deviceId !== session.deviceId) return answers.fail(session, frame.id, wrongDevice)
    if (reach === undefined || session.reach === 'told') return connect(session, frame)
    if (session.reach === 'telling') return answers.fail(session, frame.id, new ProtocolError('already_connected'))
    enter(session, frame, reach).catch((error) => {
      if (session.reach !== undefined) reach.leave(session.userId)
      session.reach = undefined
      answers.fail(session, frame.id, error)
    })
  }
}
