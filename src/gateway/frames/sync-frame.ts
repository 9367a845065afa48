import type { ClientFrame } from '@backscroll/protocol/client-frames'
import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'
import type { FairQueue } from '../../edge/egress/fair-queue.ts'
import { type Heads, logName } from '../../event-log/event-logs.ts'
import { at, type Positions } from '../../event-log/positions.ts'
import type { EncodedPage, SyncService } from '../../projections/sync/sync-service.ts'
import { reachedAll, type Watermark } from '../../projections/watermark/watermark.ts'
import { pageResult } from '../delivery/frame-texts.ts'
import type { SocketWrites } from '../delivery/socket-writes.ts'
import { untilWritable } from '../delivery/until-writable.ts'
import type { GatewayConfig } from '../gateway-config.ts'
import type { LiveBuffer } from '../sessions/live-buffer.ts'
import type { Session } from '../sessions/session.ts'
import type { Lifecycle } from '../sessions/session-lifecycle.ts'
import { isOpen } from '../sessions/session-state.ts'
import type { Answers } from './frame-answers.ts'

type SyncFrame = Extract<ClientFrame, { type: 'sync' }>

export interface SyncDeps {
  readonly sync: Pick<SyncService, 'page' | 'silent'>
  readonly watermark: Watermark
  /** Positions up to which events were handed to the hub. */
  readonly dispatched: () => Positions
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly reads: FairQueue
  readonly outlet: Pick<SocketWrites, 'flush'>
  readonly config: Pick<GatewayConfig, 'syncWaitMs' | 'drainTimeoutMs' | 'pageTimeoutMs'>
}

/** Whether the page has everything up to `from`, in the logs that answered. */
const reaches = ({ upTo, degraded = [] }: EncodedPage, from: Positions): boolean =>
  from.every((position, index) => position <= at(upTo, index) || degraded.includes(logName(index)))

/**
 * `sync`. A lagging session gets its live feed back with the last page: from the request on, live events wait in a
 * buffer, and the page counts as the last only if it reaches everything that was dispatched, and so dropped,
 * before.
 */
export const createSync = (deps: SyncDeps): ((session: Session, frame: SyncFrame) => void) => {
  const { sync, reads, outlet, watermark, dispatched, answers, lifecycle, config } = deps

  /** Without the logs that do not answer: the page lacks what they hold, and says so. */
  const answering = (from: Positions): Heads => {
    const away = sync.silent()
    return from.map((position, index) => (away.includes(logName(index)) ? undefined : position))
  }

  const read = async (session: Session, { since, limit }: SyncFrame, from: Positions): Promise<EncodedPage> => {
    if (!(await reachedAll(watermark, answering(from), config.syncWaitMs))) throw new ProtocolError('behind')
    return sync.page(session.userId, since, limit ?? limits.syncPage.default)
  }

  const serve = (
    session: Session,
    frame: SyncFrame,
    page: EncodedPage,
    from: Positions,
    opened: LiveBuffer | undefined,
  ) => {
    const mine = opened !== undefined && session.buffer === opened
    const complete = !page.more && (!mine || (reaches(page, from) && !opened.overflowed))
    answers.ok(session, frame.id, pageResult(page, !complete))
    if (mine) lifecycle.step(session, { type: 'page_served', complete }, page)
  }

  const fail = (session: Session, { id }: SyncFrame, error: unknown, opened: LiveBuffer | undefined): void => {
    if (opened !== undefined && session.buffer === opened) lifecycle.step(session, { type: 'page_failed' })
    answers.fail(session, id, error)
  }

  /**
   * No page is read before the socket has taken the one before: a client that does not read holds one, however
   * often it asks.
   */
  const takePage = async (
    session: Session,
    frame: SyncFrame,
    from: Positions,
    opened: LiveBuffer | undefined,
  ): Promise<void> => {
    if (!(await untilWritable(session.socket, config.drainTimeoutMs))) lifecycle.end(session, 'too_slow')
    if (!isOpen(session.state)) return
    let leave = (): void => undefined
    try {
      leave = await reads.enter(session.userId)
      serve(session, frame, await read(session, frame, from), from, opened)
      outlet.flush(session)
      await untilWritable(session.socket, config.pageTimeoutMs)
    } catch (error) {
      fail(session, frame, error, opened)
    } finally {
      leave()
    }
  }

  return (session, frame) => {
    const before = session.buffer
    const refusal = lifecycle.step(session, { type: 'sync' })
    if (refusal !== undefined) return answers.fail(session, frame.id, new ProtocolError(refusal))
    const opened = session.buffer === before ? undefined : session.buffer
    const from = dispatched()
    const take = () => takePage(session, frame, from, opened)
    session.pages = (session.pages ?? Promise.resolve()).then(take)
  }
}
