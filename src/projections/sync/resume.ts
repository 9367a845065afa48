import type { DocumentReader } from '../../ports/document-store.ts'
import type { EventReader, Position } from '../../ports/event-log.ts'
import type { Watermark } from '../../ports/watermark.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { createViews } from '../queries/views.ts'
import type { SyncCursor, SyncService } from '../sync-service.ts'
import { encodeCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { createMerge } from './merge.ts'
import { type Moved, membershipsSince, movedSince } from './moved.ts'
import { createOpenCursors } from './open-cursors.ts'
import { createPages } from './pages.ts'
import { receiptsSince } from './receipts-since.ts'
import { createRedaction, type Redaction } from './redaction.ts'
import { createSource, type Source } from './source.ts'
import { visibleRevisions } from './visibility.ts'

export interface SyncServiceDeps {
  readonly log: Pick<EventReader, 'epoch' | 'head' | 'readStream' | 'keepsBodies'>
  readonly documents: DocumentReader
  readonly collectionOf: (view: string) => string
  readonly watermark: Watermark
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** How long a caller waits for the views before it gets `behind`. Default 5,000. */
  readonly waitMs?: number
}

/** Events held in memory over all conversations of one resume. */
const heldEvents = 2048

export const createSyncService = (deps: SyncServiceDeps): SyncService => {
  const { log, watermark, waitMs = 5000 } = deps
  const views = createViews(deps)
  const redaction = createRedaction({ ...deps, views })
  const checkpoint = (position: Position): string => encodeCheckpoint(log.epoch, position)

  const caughtUp = async (since: string): Promise<{ after: Position; upTo: Position }> => {
    const after = parseCheckpoint(since, log.epoch)
    const head = await log.head()
    if (after === undefined || after > head) throw new ProtocolError('snapshot_required')
    if (!(await watermark.reached(head, waitMs))) throw new ProtocolError('behind', undefined, { retryAfterMs: 1000 })
    return { after, upTo: watermark.current() }
  }

  const resume = async (userId: string, since: string): Promise<SyncCursor & { readonly upTo: Position }> => {
    const { after, upTo } = await caughtUp(since)
    const memberships = await membershipsSince(views, userId, after)
    const moved = await movedSince(views, memberships, after)
    const conversations = await openSources(log, redaction, moved, { after, upTo })
    const sources = [...conversations, await openUserSource(log, userId, { after, upTo })]
    const receipts = await receiptsSince(views, userId, memberships, after)
    return { ...createPages({ merge: createMerge(sources), receipts, upTo, checkpoint }), upTo }
  }

  const open = createOpenCursors({ resume, head: () => log.head() })

  return { resume, page: open.page, checkpoint }
}

interface Span {
  readonly after: Position
  readonly upTo: Position
}

/** What happened to the user's own account: few events, for him alone, all of it visible. */
const openUserSource = async (log: SyncServiceDeps['log'], userId: string, span: Span): Promise<Source> => {
  const ranges = [{ from: 0, to: Number.POSITIVE_INFINITY }]
  const source = createSource(log, { stream: `user-${userId}`, ranges, ...span, chunk: 64, redact: null })
  await source.fill()
  return source
}

/** Opens and fills a source for each conversation, one after the other, and stops as soon as there is too much to resume. */
const openSources = async (
  log: SyncServiceDeps['log'],
  redaction: Redaction,
  moved: readonly Moved[],
  span: Span,
): Promise<readonly Source[]> => {
  const chunk = Math.max(8, Math.min(512, Math.floor(heldEvents / Math.max(1, moved.length))))
  const sources: Source[] = []
  let events = 0
  for (const { conversation, membership } of moved) {
    const stream = `conversation-${conversation.conversationId}`
    const redact = redaction.of(stream, conversation.retentionSeconds)
    const source = createSource(log, { stream, ranges: visibleRevisions(membership), ...span, chunk, redact })
    await source.fill()
    events += remaining(source, { conversation, membership })
    if (events > limits.resume.events) throw new ProtocolError('snapshot_required')
    sources.push(source)
  }
  return sources
}

/** How many events the member may see from the source's first one on. */
const remaining = (source: Source, { conversation, membership }: Moved): number => {
  const first = source.peek()
  if (first === undefined) return 0
  const bounds = { from: first.revision, to: conversation.lastRevision }
  return visibleRevisions(membership, bounds).reduce((sum, range) => sum + range.to - range.from + 1, 0)
}
