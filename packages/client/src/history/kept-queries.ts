import type { NamesOfPeople } from '../profiles/names-of-people.ts'
import type { KeptConversation } from '../replica/kept-conversation.ts'
import { asServed, type ReadKept } from '../replica/read-kept.ts'
import type { Replica } from '../replica/replica.ts'
import type { Opener, ReadableInboxEntry, ReadableMessage } from '../rest/readable-views.ts'
import { type HistoryOptions, type ListedConversation, type Queries, withPeerName } from './queries.ts'

export interface KeptQueriesDeps {
  readonly replica: Pick<Replica, 'conversation' | 'conversations' | 'message' | 'before' | 'after'>
  readonly readKept: ReadKept
  readonly textsOf: Opener['textsOf']
  readonly names: Pick<NamesOfPeople, 'of'>
  /** There is a connection: the server answers. */
  readonly isLive: () => boolean
  readonly server: Pick<Queries, 'inbox' | 'history'>
}

const pageSize = 50

/** The most recently active first. */
const byActivity = (one: KeptConversation, other: KeptConversation): number =>
  other.lastMessageAt - one.lastMessageAt || (one.conversationId < other.conversationId ? -1 : 1)

export interface KeptQueries extends Pick<Queries, 'inbox' | 'history'> {
  /** One message by its number: from this device if it keeps it, otherwise from the server. */
  messageAt(conversationId: string, seq: number): Promise<ReadableMessage | undefined>
}

/** Without a connection, inbox and history come from what this device keeps; what it does not keep is requested. */
export const createKeptQueries = (deps: KeptQueriesDeps): KeptQueries => {
  const { replica, readKept, textsOf, names, isLive, server } = deps
  const read = async (kept: Parameters<ReadKept>[0]) => asServed(await readKept(kept))

  async function* newestFirst(id: string, options: HistoryOptions): AsyncGenerator<ReadableMessage, undefined> {
    let before = options.before ?? Number.POSITIVE_INFINITY
    for (;;) {
      const page = await replica.before(id, before, pageSize)
      for (const one of page.toReversed()) yield await read(one)
      const [oldest] = page
      if (oldest === undefined) break
      before = oldest.seq
    }
    if (replica.conversation(id)?.completeFrom === 0) return
    yield* server.history(id, Number.isFinite(before) ? { ...options, before } : options)
  }
  async function* oldestFirst(id: string, options: HistoryOptions & { readonly after: number }) {
    const { completeFrom = Number.POSITIVE_INFINITY, lastSeq = 0 } = replica.conversation(id) ?? {}
    if (options.after + 1 < completeFrom) return yield* server.history(id, options)
    for (let { after } = options; after < lastSeq; ) {
      const page = await replica.after(id, after, pageSize)
      for (const one of page) yield await read(one)
      after = page.at(-1)?.seq ?? lastSeq
    }
    return undefined
  }
  const entryOf = async (kept: KeptConversation, role: ReadableInboxEntry['role']): Promise<ReadableInboxEntry> => {
    const {
      conversationId,
      kind,
      createdAt,
      memberCount,
      retentionSeconds,
      posting,
      lastSeq,
      lastMessageAt,
      lastRevision,
    } = kept
    const facts = {
      conversationId,
      kind,
      createdAt,
      memberCount,
      retentionSeconds,
      posting,
      lastSeq,
      lastMessageAt,
      lastRevision,
    }
    const last = await replica.message(conversationId, lastSeq)
    const { reactions: _all, ...lastMessage } = last === undefined ? { reactions: [] } : await read(last)
    const { peer, unread, delivered, read: upTo } = kept
    return {
      conversation: { ...facts, ...(await textsOf(conversationId)) },
      ...{ role, peer, unread, watermarks: { delivered, read: upTo } },
      lastMessage: 'messageId' in lastMessage ? lastMessage : null,
    }
  }
  async function* inbox(): AsyncGenerator<ListedConversation, undefined> {
    for (const one of [...replica.conversations()].sort(byActivity))
      if (one.role !== null) yield withPeerName(await entryOf(one, one.role), names)
  }

  const messageAt = async (id: string, seq: number): Promise<ReadableMessage | undefined> => {
    const kept = await replica.message(id, seq)
    if (kept !== undefined) return read(kept)
    for await (const one of server.history(id, { before: seq + 1, limit: 1 })) return one.seq === seq ? one : undefined
    return undefined
  }

  return {
    messageAt,
    inbox: (options) => (isLive() ? server.inbox(options) : inbox()),
    history: (id, options = {}) => {
      const { after } = options
      if (isLive() || replica.conversation(id) === undefined) return server.history(id, options)
      return after === undefined ? newestFirst(id, options) : oldestFirst(id, { ...options, after })
    },
  }
}
