import type { Receipt } from '../../ports/deltas.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import type { EventReader, Position } from '../../ports/event-log.ts'
import type { Watermark } from '../../ports/watermark.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import type { MembershipDocument } from '../documents.ts'
import type { Seen } from '../queries/access.ts'
import { createHistory } from '../queries/history.ts'
import { createInbox, type InboxEntry } from '../queries/inbox.ts'
import type { MessageWithReactions } from '../queries/message-view.ts'
import { type PageRequest, toPage } from '../queries/page.ts'
import { createViews } from '../queries/views.ts'
import { encodeCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { concerns, toReceipt } from './receipts-since.ts'
import { newestInterval } from './visibility.ts'

/** One conversation of a snapshot. Its content holds everything up to `revision`; events follow from `revision + 1` on. */
export interface SnapshotEntry extends InboxEntry {
  readonly revision: number
  /** The newest messages, ascending. */
  readonly messages: readonly MessageWithReactions[]
  /** The newest watermarks of all members' devices. */
  readonly receipts: readonly Receipt[]
}

export interface SnapshotPage {
  readonly conversations: readonly SnapshotEntry[]
  /** The same on every page, taken before the first read: connect with it when the last page is stored. */
  readonly checkpoint: string
  readonly cursor?: string
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
 * The first half pages by activity, newest first, through what last moved at or below W. What moved since then would slip
 * from page to page, so it follows in a second half, in the order of its ids: no conversation is missed, however busy.
 */
type Place = { readonly half: 'settled'; readonly below: number } | { readonly half: 'moving'; readonly above: string }

interface Started {
  readonly w: Position
  readonly place: Place
}

export const createSnapshot = (deps: SnapshotDeps) => {
  const { log, watermark, now, waitMs = 5000 } = deps
  const views = createViews(deps)
  const { activeMemberships, conversationsOf, entriesOf } = createInbox({ views, now })
  const { messagesOf } = createHistory({ views, log, now })

  const begin = async (): Promise<Started> => {
    if (!(await watermark.reached(await log.head(), waitMs))) {
      throw new ProtocolError('behind', undefined, { retryAfterMs: 1000 })
    }
    return { w: watermark.current(), place: { half: 'settled', below: Number.MAX_SAFE_INTEGER } }
  }

  const resumed = async (scope: readonly string[], cursor: string): Promise<Started> => {
    const [token, below, above] = decodeCursor(scope, cursor, ['text', 'integer', 'text'])
    const w = parseCheckpoint(String(token), log.epoch)
    if (w === undefined || w > (await log.head())) throw new ProtocolError('bad_cursor')
    const moving = Number(below) === 0
    return { w, place: moving ? { half: 'moving', above: String(above) } : { half: 'settled', below: Number(below) } }
  }

  const cursorOf = (scope: readonly string[], { w, place }: Started): string =>
    encodeCursor(scope, [
      encodeCheckpoint(log.epoch, w),
      place.half === 'settled' ? place.below : 0,
      place.half === 'moving' ? place.above : '',
    ])

  const found = (memberships: ReadonlyMap<string, MembershipDocument>, { w, place }: Started, limit: number) =>
    place.half === 'settled'
      ? conversationsOf(memberships, {
          where: { activePosition: { lt: Math.min(place.below, Number(w) + 1) } },
          orderBy: { field: 'activePosition', direction: 'descending' },
          limit,
        })
      : conversationsOf(memberships, {
          key: { gt: place.above },
          where: { activePosition: { gt: Number(w) } },
          orderBy: { field: 'key', direction: 'ascending' },
          limit,
        })

  /** The last revision that every view holds for certain; undefined when the conversation began after W. */
  const revisionAt = async ({ conversation }: Seen, w: Position): Promise<number | undefined> => {
    if (conversation.lastPosition <= Number(w)) return conversation.lastRevision
    const stream = `conversation-${conversation.conversationId}`
    const [last] = await log.readStream({ stream, upTo: w, direction: 'backwards', limit: 1 })
    return last?.revision
  }

  const receiptsOf = async ({ conversation, membership }: Seen): Promise<readonly Receipt[]> => {
    const documents = await views.find('watermarks', {
      where: {
        conversationId: { eq: conversation.conversationId },
        delivered: { gte: newestInterval(membership)?.fromSeq ?? 0 },
      },
      limit: receiptsEach,
    })
    return documents.filter((document) => concerns(document, membership)).map(toReceipt)
  }

  const entryOf = async (seen: Seen, entry: InboxEntry, w: Position): Promise<readonly SnapshotEntry[]> => {
    const revision = await revisionAt(seen, w)
    if (revision === undefined) return []
    return [{ ...entry, revision, messages: await messagesOf(seen, messagesEach), receipts: await receiptsOf(seen) }]
  }

  const placeAfter = (started: Started, last: Seen): Started =>
    started.place.half === 'settled'
      ? { w: started.w, place: { half: 'settled', below: last.conversation.activePosition } }
      : { w: started.w, place: { half: 'moving', above: last.conversation.conversationId } }

  return async (userId: string, { cursor, limit }: PageRequest): Promise<SnapshotPage> => {
    const scope = ['snapshot', userId]
    const started = cursor === undefined ? await begin() : await resumed(scope, cursor)
    // Who joined after W learns of it by the event that the checkpoint leads to.
    const all = await activeMemberships(userId)
    const memberships = new Map([...all].filter(([, membership]) => membership.joinedPosition <= Number(started.w)))
    const seen = await found(memberships, started, limit + 1)
    const page = toPage(
      seen,
      limit,
      (one) => one,
      (last) => cursorOf(scope, placeAfter(started, last)),
    )
    const entries = await entriesOf(page.items)
    const conversations = await Promise.all(
      page.items.map((one, i) => entryOf(one, entries[i] as InboxEntry, started.w)),
    )
    const next = page.cursor ?? (started.place.half === 'settled' ? cursorOf(scope, moving(started)) : undefined)
    const checkpoint = encodeCheckpoint(log.epoch, started.w)
    return { conversations: conversations.flat(), checkpoint, ...(next === undefined ? {} : { cursor: next }) }
  }
}

const moving = ({ w }: Started): Started => ({ w, place: { half: 'moving', above: '' } })
