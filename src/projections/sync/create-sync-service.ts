import { ProtocolError } from '@backscroll/protocol/errors'
import { userStream } from '../../domain/stream-names.ts'
import { createCheckpoints, type Foreign } from '../../event-log/checkpoint.ts'
import { type EventLogs, type Heads, logName, type StreamReader } from '../../event-log/event-logs.ts'
import { at, type Positions } from '../../event-log/positions.ts'
import { impatient, isSilence } from '../../event-log/reading/read-timeout.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import { createRedaction } from '../reading/redaction.ts'
import { createViews } from '../reading/view-reader.ts'
import { withheld } from '../reading/withheld-bodies.ts'
import { reachedAll, type Watermark } from '../watermark/watermark.ts'
import { createEventTexts } from './event-texts.ts'
import { type LogCatchUp, type LogCatchUpSpec, newAllowance, openLogCatchUp } from './log-catch-up.ts'
import { membershipsSince } from './moved-conversations.ts'
import { createOpenCursors, type OpenCursor } from './sync-cursors.ts'
import { createPages } from './sync-pages.ts'
import type { SyncService } from './sync-service.ts'

export interface SyncServiceDeps {
  readonly log: Pick<EventLogs, 'epoch' | 'heads' | 'silent' | 'logs' | 'logOf' | 'readStream' | 'keepsBodies'>
  readonly documents: DocumentReader
  readonly collectionOf: (view: string) => string
  readonly watermark: Watermark
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** How long a caller waits for the views before it gets `behind`. Default 5,000 ms. */
  readonly waitMs?: number
  /**
   * How long one of several logs may take to answer before the others go on without it, in milliseconds. Default
   * 2,000.
   */
  readonly patienceMs?: number
  /** Asked before each step that occupies the event loop. Default: it may run at once. */
  readonly turn?: () => Promise<void>
  /**
   * Called with each checkpoint of this epoch that this log cannot have issued: it is a copy of that log from the
   * past.
   */
  readonly onForeign?: (why: Foreign) => void
}

interface Span {
  readonly after: Positions
  readonly upTo: Positions
  /** Indexes of the logs that did not answer. */
  readonly silent: readonly number[]
}

const silentOf = (heads: Heads): readonly number[] =>
  heads.flatMap((head, index) => (head === undefined ? [index] : []))

export const createSyncService = (deps: SyncServiceDeps): SyncService => {
  const { log, watermark, waitMs = 5000, patienceMs = 2000, turn = async () => {} } = deps
  const isAlone = log.logs.length === 1
  const patient: StreamReader = isAlone ? { readStream: (slice) => log.readStream(slice) } : impatient(log, patienceMs)
  const paced: StreamReader = {
    readStream: async (slice) => {
      await turn()
      return patient.readStream(slice)
    },
  }
  const keeps = log.keepsBodies === true ? { keepsBodies: true as const } : {}
  const views = createViews(deps)
  const reader = withheld({ log: { ...paced, ...keeps }, views })
  const texts = createEventTexts()
  const redaction = createRedaction({ log: patient, now: deps.now })
  const { encode: checkpoint, read } = createCheckpoints(log, deps.onForeign)

  const caughtUp = async (since: string): Promise<Span> => {
    const heads = await log.heads()
    const after = read(since, heads)
    if (after === undefined) throw new ProtocolError('snapshot_required')
    if (!(await reachedAll(watermark, heads, waitMs)))
      throw new ProtocolError('behind', undefined, { retryAfterMs: 1000 })
    return { after, upTo: watermark.current(), silent: silentOf(heads) }
  }

  /** Undefined when the log does not answer after all. */
  const openPart = async (
    spec: LogCatchUpSpec,
    left: ReturnType<typeof newAllowance>,
  ): Promise<LogCatchUp | undefined> => {
    try {
      return await openLogCatchUp({ views, redaction, log: reader }, spec, left)
    } catch (error) {
      if (isAlone || !isSilence(error)) throw error
      return undefined
    }
  }

  const resume = async (userId: string, since: string): Promise<OpenCursor> => {
    const { after, upTo, silent } = await caughtUp(since)
    await turn()
    const memberships = await membershipsSince(
      views,
      userId,
      log.logs.map((_log, index) => at(after, index)),
    )
    const userLog = log.logOf(userStream(userId))
    const left = newAllowance()
    const missing = [...silent]
    const parts: LogCatchUp[] = []
    for (const [index, end] of upTo.entries()) {
      if (silent.includes(index)) continue
      const own = { memberships: memberships.get(index) ?? [], after: at(after, index), upTo: end }
      const part = await openPart({ index, userId, hasUser: index === userLog, ...own }, left)
      if (part === undefined) missing.push(index)
      else parts.push(part)
    }
    const whole = upTo.map((end, index) => (missing.includes(index) ? at(after, index) : end))
    return { ...createPages({ parts, since: after, silent: missing, checkpoint, texts, turn }), upTo: whole }
  }

  const open = createOpenCursors({ resume, heads: () => log.heads() })

  return { resume, page: open.page, checkpoint, silent: () => log.silent().map(logName) }
}
