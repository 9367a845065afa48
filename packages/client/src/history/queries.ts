import { type Conversation, conversation } from '@backscroll/protocol/rest/conversations'
import { inboxPage } from '@backscroll/protocol/rest/inbox'
import { type Member, memberPage } from '@backscroll/protocol/rest/members'
import { type MessageReceipt, messagePage, messageReceipts } from '@backscroll/protocol/rest/messages'
import type { z } from 'zod'
import type { MembersClientEvent } from '../events/client-events.ts'
import type { NamesOfPeople } from '../profiles/names-of-people.ts'
import type { ReadableInboxEntry, ReadableMessage, WithContent } from '../rest/readable-views.ts'
import type { Query, Rest } from '../rest/rest-client.ts'

export interface ReadOptions {
  /** Entries per request; the server has a default and a maximum. */
  readonly limit?: number
  /**
   * A position from an acknowledgement: waits until the views contain it. Rejects with `behind` when that takes
   * too long.
   */
  readonly atLeast?: string
}

export interface HistoryOptions extends ReadOptions {
  /** Newest first from below this message number; default: from the newest message. */
  readonly before?: number
  /** Instead: oldest first from above this message number. */
  readonly after?: number
}

/**
 * The read models over REST; while there is no connection, inbox and history as far as this device keeps them,
 * without `atLeast` and without ciphertext. Lists are async iterators that load page after page; all reject with
 * `BackscrollError`.
 */
export interface Queries {
  /** Conversations, the most recently active first. */
  inbox(options?: ReadOptions): AsyncIterableIterator<ListedConversation>
  history(conversationId: string, options?: HistoryOptions): AsyncIterableIterator<ReadableMessage>
  conversation(conversationId: string, options?: Pick<ReadOptions, 'atLeast'>): Promise<Conversation>
  /**
   * The members as their devices have signed it, with what the server adds about them. Members whom only the
   * server names are left out, and reported as a `warning`. Before this device is in the conversation's group:
   * the server's word, without `addedBy`.
   */
  members(conversationId: string, options?: ReadOptions): AsyncIterableIterator<ListedMember>
  /** The users who received and read a message, with the times. */
  messageReceipts(messageId: string, options?: ReadOptions): AsyncIterableIterator<MessageReceipt>
}

/** `peerName`: as the other user of a direct conversation wants to be called, where this device was told. */
export type ListedConversation = ReadableInboxEntry & { readonly peerName: string | undefined }

type Page<Item> = { readonly items: readonly Item[]; readonly cursor?: string | undefined }

const queryOf = ({ limit, atLeast }: ReadOptions): Query => ({ limit, atLeast })

type SignedMember = MembersClientEvent['members'][number]

/**
 * A member, and the device that let this user in; null where this device was not told. The role is the server's
 * word where no device has told it.
 */
export interface ListedMember extends Member, Pick<SignedMember, 'addedBy' | 'gone'> {
  /** As the member wants to be called; undefined where this device was not told. */
  readonly name: string | undefined
}

/** The members of a conversation according to what its devices have signed. */
export interface SignedMembers {
  /** Empty where this device is not in the group. */
  signedMembers(conversationId: string): ReadonlyMap<string, SignedMember>
  /** The server lists others. */
  contradicted(conversationId: string, told: readonly string[], hidden: readonly string[]): void
}

const listed = (told: Member, signed: SignedMember | undefined, name: string | undefined): ListedMember => ({
  ...told,
  name,
  role: signed?.role ?? told.role,
  addedBy: signed?.addedBy ?? null,
  gone: signed?.gone ?? false,
})

/** An entry of the inbox, with what its other user is called. */
export const withPeerName = (entry: ReadableInboxEntry, names: Pick<NamesOfPeople, 'of'>): ListedConversation => ({
  ...entry,
  peerName: entry.peer === null ? undefined : names.of(entry.peer),
})

export interface QueriesDeps {
  readonly rest: Rest
  readonly withContent: WithContent
  readonly signed: SignedMembers
  readonly names: Pick<NamesOfPeople, 'of'>
}

export const createQueries = ({ rest, withContent, signed, names }: QueriesDeps): Queries => {
  async function* pages<Item>(
    path: string,
    query: Query,
    schema: z.ZodType<Page<Item>>,
  ): AsyncGenerator<Item, undefined> {
    let cursor: string | undefined
    do {
      const page: Page<Item> = await rest.read({ path, query: { ...query, cursor }, schema })
      yield* page.items
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  /** Pages come in ascending order; read backwards, they are reversed. */
  async function* history(
    conversationId: string,
    options: HistoryOptions = {},
  ): AsyncGenerator<ReadableMessage, undefined> {
    let { before, after } = options
    for (;;) {
      const query = { conversationId, ...queryOf(options), before, after }
      const { messages, more } = await rest.read({ path: '/messages', query, schema: messagePage })
      const inOrder = after === undefined ? messages.toReversed() : messages
      yield* await Promise.all(inOrder.map(withContent.message))
      if (!more || messages.length === 0) return
      if (after === undefined) before = messages[0]?.seq
      else after = messages.at(-1)?.seq
    }
  }

  async function* inbox(options: ReadOptions = {}): AsyncGenerator<ListedConversation, undefined> {
    for await (const entry of pages('/inbox', queryOf(options), inboxPage))
      yield withPeerName(await withContent.inboxEntry(entry), names)
  }

  async function* members(id: string, options: ReadOptions = {}): AsyncGenerator<ListedMember, undefined> {
    const known = signed.signedMembers(id)
    const left = new Map(known)
    const strangers: string[] = []
    for await (const one of pages(`/conversations/${encodeURIComponent(id)}/members`, queryOf(options), memberPage)) {
      left.delete(one.userId)
      const signed = known.get(one.userId)
      if (known.size > 0 && signed === undefined) strangers.push(one.userId)
      else yield listed(one, signed, names.of(one.userId))
    }
    for (const [userId, signed] of left)
      yield listed({ userId, role: 'member', invited: false }, signed, names.of(userId))
    const hidden = [...left.values()].filter(({ gone }) => !gone).map(({ userId }) => userId)
    if (strangers.length + hidden.length > 0) signed.contradicted(id, strangers, hidden)
  }

  return {
    inbox,
    history,
    conversation: async (conversationId, options = {}) => {
      const path = `/conversations/${encodeURIComponent(conversationId)}`
      return withContent.conversation(await rest.read({ path, query: queryOf(options), schema: conversation }))
    },
    members,
    messageReceipts: (messageId, options = {}) =>
      pages(`/messages/${encodeURIComponent(messageId)}/receipts`, queryOf(options), messageReceipts),
  }
}
