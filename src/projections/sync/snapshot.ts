import type { Receipt } from '../../ports/deltas.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import type { EventReader, Position } from '../../ports/event-log.ts'
import type { Watermark } from '../../ports/watermark.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { MembershipDocument } from '../documents.ts'
import type { Seen } from '../queries/access.ts'
import { type WelcomeView, welcomesIn } from '../queries/groups.ts'
import { createHistory } from '../queries/history.ts'
import { createInbox, type InboxEntry } from '../queries/inbox.ts'
import type { MessageWithReactions } from '../queries/message-view.ts'
import { type PageRequest, toPage } from '../queries/page.ts'
import { createViews } from '../queries/views.ts'
import { encodeCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { concerns, toReceipt } from './receipts-since.ts'

/** One conversation of a snapshot. Its content holds everything up to `revision`; events follow from `revision + 1` on. */
export interface SnapshotEntry extends InboxEntry {
  readonly revision: number
  /** The newest messages, ascending. */
  readonly messages: readonly MessageWithReactions[]
  /** The newest watermarks of all members' devices. */
  readonly receipts: readonly Receipt[]
  /** How the asking device gets into the encryption group, where it was added and is not in yet [E3]. */
  readonly welcome: WelcomeView | null
}

export interface SnapshotPage {
  readonly conversations: readonly SnapshotEntry[]
  /** The same on every page, taken before the first read: connect with it when the last page is stored. */
  readonly checkpoint: string
  readonly cursor?: string
}

export interface SnapshotRequest extends PageRequest {
  /** Whose Welcomes are told; none without. */
  readonly deviceId?: string
}

export interface SnapshotDeps {
  readonly log: Pick<EventReader, 'epoch' | 'head' | 'readStream'>
  readonly documents: DocumentReader
  readonly collectionOf: (view: string) => string
  readonly watermark: Watermark
  readonly now: () => number
  /** How long a new device waits for the views before it gets `behind`. Default 5,000. */
  readonly waitMs?: number
}

const messagesEach = 20
const receiptsEach = 2000

/**
 * The first half pages by activity, newest first, through what was last active at or below W. What is active since would
 * slip from page to page, so it follows in a second half, in the order of ids: no conversation is missed, however busy.
 */
interface Place {
  /** Of the first half: only conversations that were active before this position; 0 when it is done. */
  readonly below: number
  /** Of the second half: only conversations with a greater id. */
  readonly above: string
}

interface Started extends Place {
  readonly w: Position
}

const start: Place = { below: Number.MAX_SAFE_INTEGER, above: '' }

export const createSnapshot = (deps: SnapshotDeps) => {
  const { log, watermark, now, waitMs = 5000 } = deps
  const views = createViews(deps)
  const { activeMemberships, conversationsOf, entriesOf } = createInbox({ views, log, now })
  const { messagesOf } = createHistory({ views, log, now })

  const begin = async (): Promise<Started> => {
    if (!(await watermark.reached(await log.head(), waitMs))) {
      throw new ProtocolError('behind', undefined, { retryAfterMs: 1000 })
    }
    return { w: watermark.current(), ...start }
  }

  const resumed = async (scope: readonly string[], cursor: string): Promise<Started> => {
    const [token, below, above] = decodeCursor(scope, cursor, ['text', 'integer', 'text'])
    const w = parseCheckpoint(String(token), log.epoch)
    if (w === undefined || w > (await log.head())) throw new ProtocolError('bad_cursor')
    return { w, below: Number(below), above: String(above) }
  }

  const cursorAfter = (scope: readonly string[], w: Position, { conversation }: Seen): string => {
    const settled = conversation.activePosition <= Number(w)
    const place = settled ? [conversation.activePosition, ''] : [0, conversation.conversationId]
    return encodeCursor(scope, [encodeCheckpoint(log.epoch, w), ...place])
  }

  const settled = (memberships: ReadonlyMap<string, MembershipDocument>, { w, below }: Started, limit: number) =>
    conversationsOf(memberships, {
      where: { activePosition: { lt: Math.min(below, Number(w) + 1) } },
      orderBy: { field: 'activePosition', direction: 'descending' },
      limit,
    })

  const moving = (memberships: ReadonlyMap<string, MembershipDocument>, { w, above }: Started, limit: number) =>
    conversationsOf(memberships, {
      key: { gt: above },
      where: { activePosition: { gt: Number(w) } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit,
    })

  const find = async (memberships: ReadonlyMap<string, MembershipDocument>, started: Started, limit: number) => {
    const first = started.below === 0 ? [] : await settled(memberships, started, limit)
    if (first.length === limit) return first
    const found = new Set(first.map(({ conversation }) => conversation.conversationId))
    const second = await moving(memberships, started, limit - first.length)
    return [...first, ...second.filter(({ conversation }) => !found.has(conversation.conversationId))]
  }

  /** The last revision that every view holds for certain; undefined when the conversation began after W. */
  const revisionAt = async ({ conversation }: Seen, w: Position): Promise<number | undefined> => {
    if (conversation.lastPosition <= Number(w)) return conversation.lastRevision
    const stream = `conversation-${conversation.conversationId}`
    const [last] = await log.readStream({ stream, upTo: w, direction: 'backwards', limit: 1 })
    return last?.revision
  }

  const receiptsOf = async ({ conversation, membership }: Seen): Promise<readonly Receipt[]> => {
    const documents = await views.find('watermarks', {
      where: { conversationId: { eq: conversation.conversationId } },
      limit: receiptsEach,
    })
    return documents
      .filter((document) => concerns(document, membership))
      .map((document) => toReceipt(document, membership.userId))
  }

  const complete = async (
    seen: Seen,
    entry: InboxEntry | undefined,
    w: Position,
    welcome: WelcomeView | null,
  ): Promise<readonly SnapshotEntry[]> => {
    const revision = await revisionAt(seen, w)
    if (revision === undefined || entry === undefined) return []
    const [messages, receipts] = [await messagesOf(seen, messagesEach), await receiptsOf(seen)]
    return [{ ...entry, revision, messages, receipts, welcome }]
  }

  return async (userId: string, { cursor, limit, deviceId }: SnapshotRequest): Promise<SnapshotPage> => {
    const scope = ['snapshot', userId]
    const started = cursor === undefined ? await begin() : await resumed(scope, cursor)
    const { w } = started
    // Who joined after W learns of it by the event that the checkpoint leads to.
    const all = await activeMemberships(userId)
    const memberships = new Map([...all].filter(([, membership]) => membership.joinedPosition <= Number(w)))
    const found = await find(memberships, started, limit + 1)
    const page = toPage(
      found,
      limit,
      (seen) => seen,
      (last) => cursorAfter(scope, w, last),
    )
    const entries = await entriesOf(page.items)
    const ids = page.items.map(({ conversation }) => conversation.conversationId)
    const welcomes = deviceId === undefined ? undefined : await welcomesIn(views, { userId, deviceId }, ids)
    const conversations = await Promise.all(
      page.items.map((seen, index) =>
        complete(seen, entries[index], w, welcomes?.get(seen.conversation.conversationId) ?? null),
      ),
    )
    const checkpoint = encodeCheckpoint(log.epoch, w)
    const { cursor: next } = page
    return { conversations: conversations.flat(), checkpoint, ...(next === undefined ? {} : { cursor: next }) }
  }
}
