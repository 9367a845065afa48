import type { BlockList } from '../account/block-list.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import type { NamesOfPeople } from '../profiles/names-of-people.ts'
import type { ReadKept } from '../replica/read-kept.ts'
import type { Replica } from '../replica/replica.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { DraftBook } from './draft-book.ts'
import type { OutboxNewsHub } from './outbox-news.ts'
import type { RequestBook } from './request-book.ts'
import type { TypingBook } from './typing-book.ts'
import type { UnsentBook } from './unsent-book.ts'

/** What views are made of. */
export interface ViewsDeps {
  readonly me: { readonly userId: string }
  readonly replica: Replica
  readonly readKept: ReadKept
  readonly rest: Pick<Rest, 'read'>
  readonly isLive: () => boolean
  readonly drafts: DraftBook
  readonly typing: TypingBook
  readonly unsent: UnsentBook
  readonly requests: RequestBook
  readonly blocks: Pick<BlockList, 'hides'>
  /** Whom the user has blocked may have changed. */
  readonly onBlocks: (listener: () => void) => () => void
  readonly outboxNews: Pick<OutboxNewsHub, 'watch'>
  /** What waits to be sent, the next one first. */
  readonly waiting: (conversationId: string) => readonly OutboxEntry[]
  /** Conversations that something waits in. */
  readonly busy: () => Iterable<string>
  /** Users of a conversation as devices have signed it; empty where this device does not know. */
  readonly members: (conversationId: string) => readonly string[]
  /** What people are called. */
  readonly names: NamesOfPeople
  /** A group's name, if this device can read it. */
  readonly nameOf: (conversationId: string) => Promise<string | undefined>
  readonly markRead: (conversationId: string, seq: number) => Promise<void>
  /** A failed message goes again, under another number; or is given up. Resolve when that is stored. */
  readonly retry: (conversationId: string, messageId: string) => Promise<void>
  readonly discard: (conversationId: string, messageId: string) => Promise<void>
  /** Messages that a timeline loads at once. */
  readonly pageSize: number
  readonly onError: (thrown: unknown) => void
}
