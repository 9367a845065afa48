import { type Heads, logName } from '../ports/event-logs.ts'
import { at, type Positions } from '../ports/positions.ts'
import { reachedAll, type Watermark } from '../ports/watermark.ts'
import type { EncodedPage, SyncService } from '../projections/sync-service.ts'
import type { ClientFrame } from '../protocol/client-frames.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import type { Answers } from './answers.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { LiveBuffer } from './live-buffer.ts'
import { pageResult } from './server-texts.ts'
import type { Session } from './session.ts'

type SyncFrame = Extract<ClientFrame, { type: 'sync' }>

export interface SyncDeps {
  readonly sync: Pick<SyncService, 'page' | 'silent'>
  readonly watermark: Watermark
  /** Positions up to which events were handed to the hub. */
  readonly dispatched: () => Positions
  readonly answers: Answers
  readonly lifecycle: Lifecycle
  readonly config: { readonly syncWaitMs: number }
}

/** Whether the page has everything up to `from`, in the logs that answered. */
const reaches = ({ upTo, degraded = [] }: EncodedPage, from: Positions): boolean =>
  from.every((position, index) => position <= at(upTo, index) || degraded.includes(logName(index)))

/**
 * `sync`. A lagging session gets its live feed back with the last page: from the request on, live events wait in a buffer, and the page
 * counts as the last only if it reaches everything that was dispatched, and so dropped, before.
 */
export const createSync = (deps: SyncDeps): ((session: Session, frame: SyncFrame) => void) => {
  const { sync, watermark, dispatched, answers, lifecycle, config } = deps

  /** Without the logs that do not answer: what they hold is not in the page, which says so. */
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

  return (session, frame) => {
    const before = session.buffer
    const refusal = lifecycle.step(session, { type: 'sync' })
    if (refusal !== undefined) return answers.fail(session, frame.id, new ProtocolError(refusal))
    const opened = session.buffer === before ? undefined : session.buffer
    const from = dispatched()
    read(session, frame, from).then(
      (page) => serve(session, frame, page, from, opened),
      (error) => fail(session, frame, error, opened),
    )
  }
}
