import type { StreamReader } from '../../event-log/event-logs.ts'
import { isSilence } from '../../event-log/reading/read-timeout.ts'
import type { Query } from '../../ports/document-store.ts'
import type { MembershipDocument, MessageDocument } from '../documents.ts'
import { expiredIn } from '../reading/expired-revisions.ts'
import { decodeCursor, encodeCursor } from '../reading/list-cursor.ts'
import { type Page, type PageRequest, toBuiltPage } from '../reading/list-page.ts'
import type { Seen } from '../reading/membership-access.ts'
import { bodiesOf } from '../reading/message-bodies.ts'
import { buildPage } from '../reading/sized-page.ts'
import { messageKey, type Views } from '../reading/view-reader.ts'
import { mayRead, mayReadMessage } from '../reading/visibility.ts'
import { type ConversationFacts, toFacts } from './conversation-queries.ts'
import { bodyRevision, type MessageView, toMessageView } from './message-view.ts'
import { countUnread, type OwnWatermarks, ownWatermarks } from './unread-count.ts'

export interface InboxEntry {
  readonly conversation: ConversationFacts
  readonly role: MembershipDocument['role']
  /** The other user of a direct conversation (the user itself in notes to self); null for a group. */
  readonly peer: string | null
  /** Also null while its log, one of several, does not answer. */
  readonly lastMessage: MessageView | null
  /** 100 means "more than 99". */
  readonly unread: number
  /** The furthest watermark of any of the user's own devices. */
  readonly watermarks: OwnWatermarks
}

/** A conversation's place in the order of activity: by time, then by id. Positions of different logs do not compare. */
export interface ActivityPlace {
  /** The time of its newest message, or of its start. */
  readonly at: number
  readonly conversationId: string
}

export interface InboxDeps {
  readonly views: Views
  readonly log: StreamReader
  /** There are several logs: one that does not answer costs its last messages, not the inbox. */
  readonly isOneOfSeveral?: boolean
  readonly now: () => number
}

/**
 * The inbox joins a user's memberships with conversations on reading, so that a message costs no write for each
 * member (P8).
 */
export const createInbox = ({ views, log, isOneOfSeveral = false, now }: InboxDeps) => {
  const activeMemberships = async (userId: string): Promise<ReadonlyMap<string, MembershipDocument>> => {
    const found = await views.find('memberships', { where: { userId: { eq: userId }, active: { eq: 1 } } })
    return new Map(found.map((membership) => [membership.conversationId, membership]))
  }

  /** The user's conversations that `query` selects, each with the membership: two queries, however many there are. */
  const conversationsOf = async (
    memberships: ReadonlyMap<string, MembershipDocument>,
    query: Query,
  ): Promise<readonly Seen[]> => {
    if (memberships.size === 0) return []
    const found = await views.find('conversations', { ...query, key: { ...query.key, in: [...memberships.keys()] } })
    return found.flatMap((conversation) => {
      const membership = memberships.get(conversation.conversationId)
      return membership === undefined ? [] : [{ conversation, membership }]
    })
  }

  /** The user's conversations after a place, the most recently active first. */
  const byActivity = async (
    memberships: ReadonlyMap<string, MembershipDocument>,
    after: ActivityPlace | undefined,
    limit: number,
  ): Promise<readonly Seen[]> => {
    const orderBy = { field: 'lastMessageAt', direction: 'descending', thenByKey: true } as const
    if (after === undefined) return conversationsOf(memberships, { orderBy, limit })
    const { at, conversationId } = after
    const same = await conversationsOf(memberships, {
      key: { gt: conversationId },
      where: { lastMessageAt: { eq: at } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit,
    })
    if (same.length === limit) return same
    const where = { lastMessageAt: { lt: at } }
    return [...same, ...(await conversationsOf(memberships, { where, orderBy, limit: limit - same.length }))]
  }

  const lastMessageOf = async (
    { conversation, membership }: Seen,
    messages: ReadonlyMap<string, MessageDocument>,
  ): Promise<MessageView | null> => {
    const { conversationId, lastSeq } = conversation
    const document = messages.get(messageKey(conversationId, lastSeq))
    if (document === undefined || !mayRead(membership, document.revision)) return null
    try {
      const bodies = await bodiesOf(log, conversationId, [bodyRevision(document)])
      return toMessageView(document, expiredIn(conversation, now()), bodies)
    } catch (error) {
      if (isOneOfSeveral && isSilence(error)) return null
      throw error
    }
  }

  const entryOf = async (
    seen: Seen,
    messages: ReadonlyMap<string, MessageDocument>,
    peers: ReadonlyMap<string, string>,
  ) => {
    const { conversation, membership } = seen
    const watermarks = await ownWatermarks(views, membership)
    return {
      conversation: toFacts(conversation),
      role: membership.role,
      peer: peerOf(seen, peers),
      lastMessage: await lastMessageOf(seen, messages),
      unread: await countUnread(views, conversation, membership, watermarks.read, now()),
      watermarks,
    }
  }

  /** Joins what an inbox shows, in batches over all of its entries. */
  const entriesOf = async (seen: readonly Seen[]): Promise<readonly InboxEntry[]> => {
    const messages = await lastMessages(views, seen)
    const peers = await peersOf(views, seen)
    return Promise.all(seen.map((one) => entryOf(one, messages, peers)))
  }

  const inbox = async (userId: string, { cursor, limit }: PageRequest): Promise<Page<InboxEntry>> => {
    const scope = ['inbox', userId]
    const found = await byActivity(await activeMemberships(userId), placeIn(scope, cursor), limit + 1)
    const items = await buildPage(found.slice(0, limit), { batch: 16 }, entriesOf)
    return toBuiltPage(found, items, ({ conversation }) =>
      encodeCursor(scope, [conversation.lastMessageAt, conversation.conversationId]),
    )
  }

  return { inbox, activeMemberships, conversationsOf, byActivity, entriesOf }
}

const placeIn = (scope: readonly string[], cursor: string | undefined): ActivityPlace | undefined => {
  if (cursor === undefined) return undefined
  const [at, conversationId] = decodeCursor(scope, cursor, ['integer', 'text'])
  return { at: Number(at), conversationId: String(conversationId) }
}

const lastMessages = (views: Views, seen: readonly Seen[]): Promise<ReadonlyMap<string, MessageDocument>> =>
  views.byKeys(
    'timeline',
    seen
      .filter(({ conversation, membership }) => mayReadMessage(membership, conversation.lastSeq))
      .map(({ conversation }) => messageKey(conversation.conversationId, conversation.lastSeq)),
  )

/** The other member of each direct conversation among them. */
const peersOf = async (views: Views, seen: readonly Seen[]): Promise<ReadonlyMap<string, string>> => {
  const direct = seen.filter(({ conversation }) => conversation.kind === 'direct')
  const me = direct[0]?.membership.userId
  if (me === undefined) return new Map()
  const ids = direct.map(({ conversation }) => conversation.conversationId)
  const found = await views.find('memberships', { where: { conversationId: { in: ids }, userId: { not: me } } })
  return new Map(found.map((membership) => [membership.conversationId, membership.userId]))
}

const peerOf = ({ conversation, membership }: Seen, peers: ReadonlyMap<string, string>): string | null =>
  conversation.kind === 'direct' ? (peers.get(conversation.conversationId) ?? membership.userId) : null
