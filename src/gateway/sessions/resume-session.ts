import type { ConnectFrame } from '@backscroll/protocol/client-frames'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { ConnectResult } from '@backscroll/protocol/server-frames'
import type { FairQueue } from '../../edge/egress/fair-queue.ts'
import type { ProcessLimits } from '../../edge/limits/process-limits.ts'
import { ascii } from '../../projections/reading/ascii-text.ts'
import type { EncodedPage, SyncCursor, SyncService } from '../../projections/sync/sync-service.ts'
import { pagePush } from '../delivery/frame-texts.ts'
import type { SocketWrites } from '../delivery/socket-writes.ts'
import { untilWritable } from '../delivery/until-writable.ts'
import type { Answers, GatewayLogger } from '../frames/frame-answers.ts'
import { activityOf } from '../frames/presence-frames.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import { createLiveBuffer, overflow } from './live-buffer.ts'
import type { Session } from './session.ts'
import type { Lifecycle } from './session-lifecycle.ts'
import type { SessionReach } from './session-reach.ts'
import { isOpen } from './session-state.ts'

export interface ResumeDeps {
  readonly sync: SyncService
  readonly reads: FairQueue
  readonly outlet: SocketWrites
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly config: GatewayConfig
  readonly metering: Pick<ProcessLimits, 'limits'>
  readonly logger: GatewayLogger
  readonly date: () => number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  readonly reach?: SessionReach
  /** Begins the heartbeats of a connected session. */
  readonly onConnected: (session: Session) => void
}

/** How many pages until a session goes to the end of the queue, if there is one. */
const pagesOfTurn = 16

const wrongDevice = new ProtocolError('invalid', undefined, {
  details: { field: 'deviceId', reason: 'is not the device of the access token' },
})

/**
 * `connect` [C1]-[C3]. The session is registered, with a buffer, before the sync service is asked, and the buffer
 * is sent after the last page: what happens in between is in the pages, in the buffer, or in both, never in
 * neither.
 */
export const createResume = (deps: ResumeDeps): ((session: Session, frame: ConnectFrame) => void) => {
  const { sync, reads, outlet, answers, lifecycle, config, metering, logger, date, now, reach, onConnected } = deps

  const result = (session: Session, recovered: boolean): string => {
    const { heartbeatMs, maxFrameBytes, maxInFlight } = config
    const { perSecond: framesPerSecond, burst } = metering.limits.connection
    const { id: sessionId, userId, deviceId } = session
    const limits = { heartbeatMs, maxFrameBytes, maxInFlight, rates: { framesPerSecond, burst } }
    const value: ConnectResult = { sessionId, userId, deviceId, ...limits, serverTime: date(), recovered }
    return ascii(JSON.stringify(value))
  }

  /** Pushes pages as long as the socket takes them in time; yields when others wait. Answers the last one. */
  const pushPages = async (session: Session, cursor: SyncCursor): Promise<EncodedPage> => {
    for (let pages = 1; ; pages += 1) {
      const page = await cursor.next(config.resumePage)
      if (page.events.count > 0 || page.receipts.length > 0) outlet.pushParts(session, pagePush(page))
      outlet.flush(session)
      const taken = await untilWritable(session.socket, config.pageTimeoutMs)
      const givesWay = pages >= pagesOfTurn && reads.waiting() > 0
      if (!page.more || !taken || givesWay || session.state.name !== 'resuming') return page
    }
  }

  /**
   * From a checkpoint on, when it is this session's turn. Live events are buffered from the turn on: earlier ones
   * are in its pages. Outside of its turn nothing is held for a session except what it has not read.
   */
  const syncInTurn = async (session: Session, since: string, onBegun: () => void): Promise<EncodedPage | undefined> => {
    if (session.buffer !== undefined) overflow(session.buffer)
    const leave = await reads.enter(session.userId)
    try {
      if (session.state.name !== 'resuming') return undefined
      session.buffer = createLiveBuffer()
      const cursor = await sync.resume(session.userId, since)
      onBegun()
      return await pushPages(session, cursor)
    } finally {
      leave()
    }
  }

  const untilDrained = async (session: Session): Promise<void> => {
    if (!(await untilWritable(session.socket, config.drainTimeoutMs))) lifecycle.end(session, 'too_slow')
  }

  /** A buffer that overflowed meanwhile costs one more round from the last page's checkpoint. */
  const turns = async (session: Session, since: string, onBegun: () => void): Promise<void> => {
    for (let checkpoint = since; session.state.name === 'resuming'; ) {
      const page = await syncInTurn(session, checkpoint, onBegun)
      if (page === undefined) return
      await untilDrained(session)
      checkpoint = page.checkpoint
      const overflowed = session.buffer?.overflowed === true
      if (!page.more) lifecycle.step(session, { type: 'pages_done', overflowed }, page)
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
    // It was told to come again: it has as long for that as at first.
    if (!refused) session.beatAt = now() + config.connectTimeoutMs
    lifecycle.step(session, { type: refused ? 'resume_refused' : 'resume_unavailable' })
  }

  const resume = async (session: Session, id: number, since: string): Promise<void> => {
    let begun = false
    const onBegun = (): void => {
      if (!begun) answers.ok(session, id, result(session, true))
      begun = true
    }
    try {
      await turns(session, since, onBegun)
    } catch (error) {
      if (begun) giveUp(session, error)
      else cannotBegin(session, id, error)
    }
  }

  const connect = (session: Session, frame: ConnectFrame): void => {
    const { id, since } = frame
    session.activity = activityOf(frame)
    const refusal = lifecycle.step(session, { type: 'connect', resume: since !== undefined })
    if (refusal !== undefined) return answers.fail(session, id, new ProtocolError(refusal))
    onConnected(session)
    if (since === undefined) return answers.ok(session, id, result(session, false))
    void resume(session, id, since)
  }

  /** Made known to the other processes first, then here: a live event that comes in between is in the pages. */
  const enter = async (session: Session, frame: ConnectFrame, others: SessionReach): Promise<void> => {
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
