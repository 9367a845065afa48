import type { EventLogs } from '../../event-log/event-logs.ts'
import { impatient } from '../../event-log/reading/read-timeout.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import { createDeleted } from '../reading/deleted-revisions.ts'
import { createRedaction } from '../reading/redaction.ts'
import { createViews } from '../reading/view-reader.ts'
import { withheld } from '../reading/withheld-bodies.ts'
import { isParkedIn } from '../runner/runner-meta.ts'
import type { Watermark } from '../watermark/watermark.ts'
import { createAcquaintance } from './acquaintance.ts'
import { createAuditActs } from './audit-acts.ts'
import { createConversation } from './conversation-queries.ts'
import { createEverMember } from './ever-member.ts'
import { createGroups } from './group-queries.ts'
import { createHistory } from './history.ts'
import { createInbox } from './inbox-query.ts'
import { createMarks } from './marks-queries.ts'
import { createMediaReaders } from './media-readers.ts'
import { createMessageReceipts } from './message-receipts.ts'
import { createNamedBlobs } from './named-blobs.ts'
import { createIsIdTaken, createOriginalOf } from './repeat-lookup.ts'
import { createStreamEvents } from './stream-events.ts'

export interface QueriesDeps {
  readonly documents: DocumentReader
  /** The live generation of a view: its physical collection. */
  readonly collectionOf: (view: string) => string
  readonly log: Pick<EventLogs, 'heads' | 'readStream' | 'logOf' | 'logs' | 'keepsBodies'>
  readonly watermark: Watermark
  /** Whether the views of a stream stand still. Default: as a single runner records it in `documents`. */
  readonly isParked?: (stream: string) => Promise<boolean>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /**
   * How long one of several logs may take to answer before the inbox goes on without it, in milliseconds. Default
   * 2,000.
   */
  readonly patienceMs?: number
  /** As of `createHistory`. */
  readonly mostReactions?: number | undefined
}

/** How long the views may take to say whether a user was ever in a conversation, in milliseconds. */
const foreignPatienceMs = 500

/**
 * What users may ask of the views. Every answer is limited to what the asking user may see; anything else is
 * `not_found`, like what does not exist [R4]. Rejects with `ProtocolError`: `not_found`, `bad_cursor`.
 */
export const createQueries = (deps: QueriesDeps) => {
  const views = createViews(deps)
  const { documents, log, watermark, now, patienceMs = 2_000 } = deps
  const { isParked = (stream) => isParkedIn(documents, stream) } = deps
  const shown = withheld({ log, views })
  const ownMarks = createMarks(views)
  const isOneOfSeveral = log.logs.length > 1
  return {
    inbox: createInbox({
      views,
      log: isOneOfSeveral ? impatient(shown, patienceMs) : shown,
      isOneOfSeveral,
      now,
    }).inbox,
    history: createHistory({ views, log: shown, now, mostReactions: deps.mostReactions }).history,
    ...createAcquaintance(views),
    ...createConversation(views),
    ...createGroups(views),
    markedConversations: ownMarks.markedConversations,
    starredMessages: ownMarks.starredMessages,
    auditActs: createAuditActs(log),
    namedBlobs: createNamedBlobs(views),
    ...createMediaReaders({ views, log, watermark, now, patienceMs: foreignPatienceMs }),
    messageReceipts: createMessageReceipts(views),
    originalOf: createOriginalOf(views),
    isIdTaken: createIsIdTaken(views),
    wasDeleted: createDeleted({ views, log, watermark }),
    wasEverMember: createEverMember({ views, log, watermark, isParked, patienceMs: foreignPatienceMs }),
    streamEvents: createStreamEvents({
      ...{ views, watermark, redaction: createRedaction({ log, now }) },
      log: { ...shown, logOf: log.logOf },
    }),
  }
}

export type Queries = ReturnType<typeof createQueries>
