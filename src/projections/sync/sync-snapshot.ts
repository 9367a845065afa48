import { ProtocolError } from '@backscroll/protocol/errors'
import { conversationStream } from '../../domain/stream-names.ts'
import { createCheckpoints } from '../../event-log/checkpoint.ts'
import type { EventLogs } from '../../event-log/event-logs.ts'
import { at, bandStart, logOfNumber, type Positions } from '../../event-log/positions.ts'
import type { Receipt } from '../../ports/deltas.ts'
import type { DocumentReader } from '../../ports/document-store.ts'
import type { MembershipDocument } from '../documents.ts'
import { type WelcomeView, welcomesIn } from '../queries/group-queries.ts'
import { createHistory } from '../queries/history.ts'
import { type ActivityPlace, createInbox, type InboxEntry } from '../queries/inbox-query.ts'
import type { MessageWithReactions } from '../queries/message-view.ts'
import { decodeCursor, encodeCursor } from '../reading/list-cursor.ts'
import { type PageRequest, toBuiltPage } from '../reading/list-page.ts'
import type { Seen } from '../reading/membership-access.ts'
import { buildPage } from '../reading/sized-page.ts'
import { createViews } from '../reading/view-reader.ts'
import { withheld } from '../reading/withheld-bodies.ts'
import { reachedAll, type Watermark } from '../watermark/watermark.ts'
import { concerns, toReceipt } from './receipts-since.ts'

/**
 * One conversation of a snapshot. Its content holds everything up to `revision`; events follow from `revision + 1`
 * on.
 */
export interface SnapshotEntry extends InboxEntry {
  readonly revision: number
  /** The newest messages, ascending. */
  readonly messages: readonly MessageWithReactions[]
  /** The watermarks that moved last, of members' devices; the newest first. */
  readonly receipts: readonly Receipt[]
  /** How the asking device joins the encryption group, if it was added and has not joined yet [E3]. */
  readonly welcome: WelcomeView | null
}

export interface SnapshotPage {
  readonly conversations: readonly SnapshotEntry[]
  /** The same on every page, taken before the first read: connect with it when the last page is stored. */
  readonly checkpoint: string
  readonly cursor?: string
}

export interface SnapshotRequest extends PageRequest {
  /** The device whose Welcomes are included; none without it. */
  readonly deviceId?: string
}

export interface SnapshotDeps {
  readonly log: Pick<EventLogs, 'epoch' | 'heads' | 'logs' | 'readStream' | 'keepsBodies'>
  readonly documents: DocumentReader
  readonly collectionOf: (view: string) => string
  readonly watermark: Watermark
  readonly now: () => number
  /** How long a new device waits for the views before it gets `behind`. Default 5,000 ms. */
  readonly waitMs?: number
}

const messagesEach = 20
/** And at most about this many characters of these; the last message may exceed it. */
const charactersEach = 128 * 1024
const receiptsEach = 2000

/**
 * The first half pages by activity, newest first, through the conversations that were last active at or below W.
 * Those that have been active since would slip from page to page, so they follow in a second half, in the order of
 * ids: no conversation is missed, however busy.
 */
interface Started {
  readonly w: Positions
  readonly half: 1 | 2
  /** In the first half: only what comes after it; undefined at the beginning. */
  readonly after?: ActivityPlace
  /** In the second half: only conversations with a greater id. */
  readonly above: string
}

/** Whether what is at a position is at or below W, in its log. */
const isIn = (w: Positions, position: number): boolean => position <= Number(at(w, logOfNumber(position)))

const byId = (one: Seen, other: Seen): number =>
  one.conversation.conversationId < other.conversation.conversationId ? -1 : 1

export const createSnapshot = (deps: SnapshotDeps) => {
  const { log, watermark, now, waitMs = 5000 } = deps
  const views = createViews(deps)
  const checkpoints = createCheckpoints(log)
  const shown = withheld({ log, views })
  const { activeMemberships, conversationsOf, byActivity, entriesOf } = createInbox({ views, log: shown, now })
  const { messagesOf } = createHistory({ views, log: shown, now })

  const begin = async (): Promise<Started> => {
    const heads = await log.heads()
    // Its content cannot be read, and a new device has nothing to begin from.
    if (heads.includes(undefined)) throw new ProtocolError('unavailable', undefined, { retryAfterMs: 1000 })
    if (!(await reachedAll(watermark, heads, waitMs))) {
      throw new ProtocolError('behind', undefined, { retryAfterMs: 1000 })
    }
    return { w: watermark.current(), half: 1, above: '' }
  }

  const resumed = async (scope: readonly string[], cursor: string): Promise<Started> => {
    const [token, half, at, id] = decodeCursor(scope, cursor, ['text', 'integer', 'integer', 'text'])
    const w = checkpoints.read(String(token), await log.heads())
    if (w === undefined) throw new ProtocolError('bad_cursor')
    const conversationId = String(id)
    if (half === 1) return { w, half, after: { at: Number(at), conversationId }, above: '' }
    return { w, half: 2, above: conversationId }
  }

  const cursorAfter = (scope: readonly string[], w: Positions, { conversation }: Seen): string => {
    const { activePosition, lastMessageAt, conversationId } = conversation
    const place = isIn(w, activePosition) ? [1, lastMessageAt] : [2, 0]
    return encodeCursor(scope, [checkpoints.encode(w), ...place, conversationId])
  }

  const settled = async (
    memberships: ReadonlyMap<string, MembershipDocument>,
    { w, after }: Started,
    limit: number,
  ): Promise<readonly Seen[]> => {
    const found: Seen[] = []
    for (let place = after; ; ) {
      const page = await byActivity(memberships, place, limit)
      found.push(...page.filter(({ conversation }) => isIn(w, conversation.activePosition)))
      const last = page.at(-1)?.conversation
      if (last === undefined || page.length < limit || found.length >= limit) return found.slice(0, limit)
      place = { at: last.lastMessageAt, conversationId: last.conversationId }
    }
  }

  /** For each log, what is above its W. */
  const moving = async (
    memberships: ReadonlyMap<string, MembershipDocument>,
    { w, above }: Started,
    limit: number,
  ): Promise<readonly Seen[]> => {
    const ofLog = (own: bigint, index: number): Promise<readonly Seen[]> =>
      conversationsOf(memberships, {
        key: { gt: above },
        where: { activePosition: { gt: Number(own), lt: Number(bandStart(index + 1)) } },
        orderBy: { field: 'key', direction: 'ascending' },
        limit,
      })
    return (await Promise.all(w.map(ofLog))).flat().sort(byId).slice(0, limit)
  }

  const find = async (memberships: ReadonlyMap<string, MembershipDocument>, started: Started, limit: number) => {
    const first = started.half === 2 ? [] : await settled(memberships, started, limit)
    if (first.length === limit) return first
    const found = new Set(first.map(({ conversation }) => conversation.conversationId))
    const second = await moving(memberships, started, limit - first.length)
    return [...first, ...second.filter(({ conversation }) => !found.has(conversation.conversationId))]
  }

  /** The last revision that every view holds for certain; undefined when the conversation began after W. */
  const revisionAt = async ({ conversation }: Seen, w: Positions): Promise<number | undefined> => {
    if (isIn(w, conversation.lastPosition)) return conversation.lastRevision
    const stream = conversationStream(conversation.conversationId)
    const [last] = await log.readStream({
      stream,
      upTo: at(w, logOfNumber(conversation.lastPosition)),
      direction: 'backwards',
      limit: 1,
      withoutBodies: true,
    })
    return last?.revision
  }

  const receiptsOf = async ({ conversation, membership }: Seen): Promise<readonly Receipt[]> => {
    const documents = await views.find('watermarks', {
      where: { conversationId: { eq: conversation.conversationId } },
      orderBy: { field: 'position', direction: 'descending', thenByKey: true },
      limit: receiptsEach,
    })
    return documents
      .filter((document) => concerns(document, membership))
      .map((document) => toReceipt(document, membership.userId))
  }

  const complete = async (
    seen: Seen,
    entry: InboxEntry | undefined,
    w: Positions,
    welcome: WelcomeView | null,
  ): Promise<readonly SnapshotEntry[]> => {
    const revision = await revisionAt(seen, w)
    if (revision === undefined || entry === undefined) return []
    const [messages, receipts] = [await messagesOf(seen, messagesEach, charactersEach), await receiptsOf(seen)]
    return [{ ...entry, revision, messages, receipts, welcome }]
  }

  return async (userId: string, { cursor, limit, deviceId }: SnapshotRequest): Promise<SnapshotPage> => {
    const scope = ['snapshot', userId]
    const started = cursor === undefined ? await begin() : await resumed(scope, cursor)
    const { w } = started
    // A user who joined after W learns of it by the event that the checkpoint leads to.
    const all = await activeMemberships(userId)
    const memberships = new Map([...all].filter(([, membership]) => isIn(w, membership.joinedPosition)))
    const found = await find(memberships, started, limit + 1)
    const build = async (some: readonly Seen[]): Promise<readonly (readonly SnapshotEntry[])[]> => {
      const entries = await entriesOf(some)
      const ids = some.map(({ conversation }) => conversation.conversationId)
      const welcomes = deviceId === undefined ? undefined : await welcomesIn(views, { userId, deviceId }, ids)
      return Promise.all(
        some.map((seen, index) =>
          complete(seen, entries[index], w, welcomes?.get(seen.conversation.conversationId) ?? null),
        ),
      )
    }
    const { items, cursor: next } = toBuiltPage(
      found,
      await buildPage(found.slice(0, limit), { batch: 8 }, build),
      (last) => cursorAfter(scope, w, last),
    )
    const checkpoint = checkpoints.encode(w)
    return { conversations: items.flat(), checkpoint, ...(next === undefined ? {} : { cursor: next }) }
  }
}
