import type { Condition } from '../../ports/document-store.ts'
import type { EventReader } from '../../ports/event-log.ts'
import type { MembershipDocument, MessageDocument, ReactionDocument } from '../documents.ts'
import { expiredIn } from '../reading/expired-revisions.ts'
import { type Seen, seenBy } from '../reading/membership-access.ts'
import { bodiesOf } from '../reading/message-bodies.ts'
import { pageCharacters } from '../reading/page-size.ts'
import { buildPage } from '../reading/sized-page.ts'
import { messageKey, type Views } from '../reading/view-reader.ts'
import { mayRead, type Range, visibleSeqs } from '../reading/visibility.ts'
import { bodyRevision, type MessageWithReactions, toMessageView, withReactions } from './message-view.ts'

export interface HistoryRequest {
  /** Only messages with a lower number. Without `after`: the newest ones. */
  readonly before?: number | undefined
  /** Only messages with a higher number: the oldest ones. */
  readonly after?: number | undefined
  readonly limit: number
}

/** Messages in ascending order of `seq`. `more`: there are others beyond, in the direction of reading. */
export interface History {
  readonly messages: readonly MessageWithReactions[]
  readonly more: boolean
}

export interface HistoryDeps {
  readonly views: Views
  readonly log: Pick<EventReader, 'readStream'>
  readonly now: () => number
  /** Limits a page of messages with many reactions. Default 5,000: more than one message can have. */
  readonly mostReactions?: number | undefined
}

type Direction = 'ascending' | 'descending'

export const createHistory = ({ views, log, now, mostReactions = 5_000 }: HistoryDeps) => {
  const timeline = (conversationId: string, range: Range, direction: Direction, limit: number) =>
    views.find('timeline', { key: keysOf(conversationId, range), orderBy: { field: 'key', direction }, limit })

  /**
   * Up to `limit` visible messages, from one end of the bounds on; makes as many reads as there are intervals to
   * search.
   */
  const collect = async (
    seen: Seen,
    bounds: Range,
    direction: Direction,
    limit: number,
  ): Promise<MessageDocument[]> => {
    const ranges = visibleSeqs(seen.membership, bounds)
    const found: MessageDocument[] = []
    for (const range of direction === 'ascending' ? ranges : ranges.toReversed()) {
      if (found.length >= limit) break
      found.push(...(await timeline(seen.membership.conversationId, range, direction, limit - found.length)))
    }
    return found
  }

  /**
   * What a member may see of these messages of one conversation, with their reactions, joined by one query. May
   * end early, after the first.
   */
  const present = async (
    { conversation, membership }: Seen,
    documents: readonly MessageDocument[],
    direction: Direction,
    maxCharacters = pageCharacters,
  ): Promise<readonly MessageWithReactions[]> => {
    const reactions = await reactionsTo(views, { documents, direction, limit: mostReactions })
    const bySeq = Map.groupBy(reactions, (reaction) => reaction.seq)
    const to = (seq: number): readonly ReactionDocument[] => bySeq.get(seq) ?? []
    const isExpired = expiredIn(conversation, now())

    const show = async (some: readonly MessageDocument[]): Promise<readonly MessageWithReactions[]> => {
      const revisions = some.flatMap((one) => [bodyRevision(one), ...to(one.seq).map(({ revision }) => revision)])
      const bodies = await bodiesOf(log, conversation.conversationId, revisions)
      return some.map((one) => withReactions(toMessageView(one, isExpired, bodies), to(one.seq), membership, bodies))
    }

    const seen = complete(documents, reactions, mostReactions).map((document) => asSeen(document, membership))
    return buildPage(seen, { batch: reactions.length > manyReactions ? 1 : 16, maxCharacters }, show)
  }

  const history = async (userId: string, conversationId: string, request: HistoryRequest): Promise<History> => {
    const seen = await seenBy(views, userId, conversationId)
    const bounds = { from: (request.after ?? 0) + 1, to: (request.before ?? Number.POSITIVE_INFINITY) - 1 }
    const direction = request.after === undefined ? 'descending' : 'ascending'
    const found = await collect(seen, bounds, direction, request.limit + 1)
    const messages = await present(seen, found.slice(0, request.limit), direction)
    const more = found.length > messages.length
    return { messages: direction === 'ascending' ? messages : messages.toReversed(), more }
  }

  /** The newest messages that the member may see, at most `limit` and about that many characters, ascending. */
  const messagesOf = async (
    seen: Seen,
    limit: number,
    maxCharacters: number,
  ): Promise<readonly MessageWithReactions[]> => {
    const found = await collect(seen, { from: 1, to: Number.POSITIVE_INFINITY }, 'descending', limit)
    return (await present(seen, found, 'descending', maxCharacters)).toReversed()
  }

  return { history, messagesOf }
}

/** A member who has left may not see a later edit, and gets the body that was sent. */
const asSeen = (document: MessageDocument, membership: MembershipDocument): MessageDocument =>
  document.edited === null || mayRead(membership, document.edited.revision) ? document : { ...document, edited: null }

const keysOf = (conversationId: string, range: Range): Condition =>
  range.to === Number.POSITIVE_INFINITY
    ? { gte: messageKey(conversationId, range.from), lt: `${conversationId}0` }
    : { gte: messageKey(conversationId, range.from), lte: messageKey(conversationId, range.to) }

/**
 * Beyond this number on a page, reactions are joined message by message, because all bodies of a batch are in
 * memory.
 */
const manyReactions = 64

interface ReactionsAsked {
  readonly documents: readonly MessageDocument[]
  readonly direction: Direction
  readonly limit: number
}

const reactionsTo = async (
  views: Views,
  { documents, direction, limit }: ReactionsAsked,
): Promise<readonly ReactionDocument[]> => {
  const [first, last] = direction === 'ascending' ? [documents[0], documents.at(-1)] : [documents.at(-1), documents[0]]
  if (first === undefined || last === undefined) return []
  return views.find('reactions', {
    key: { gte: messageKey(first.conversationId, first.seq), lt: `${messageKey(last.conversationId, last.seq)}0` },
    orderBy: { field: 'key', direction },
    limit,
  })
}

/**
 * The messages whose reactions were all found: if the limit cut them off, those before the message that it fell
 * into.
 */
const complete = (
  documents: readonly MessageDocument[],
  reactions: readonly ReactionDocument[],
  limit: number,
): readonly MessageDocument[] => {
  const cutAt = reactions.length < limit ? undefined : reactions.at(-1)?.seq
  const end = documents.findIndex((document) => document.seq === cutAt)
  return end === -1 ? documents : documents.slice(0, Math.max(end, 1))
}
