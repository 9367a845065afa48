import type { BlockList } from '../account/block-list.ts'
import type { MessageUpload } from '../commands/message-upload.ts'
import type { OutboxEntry } from '../commands/outbox-entry.ts'
import type { MarkBook } from '../marks/mark-book.ts'
import type { StarBook } from '../marks/star-book.ts'
import type { NamesOfPeople } from '../profiles/names-of-people.ts'
import type { ReadKept } from '../replica/read-kept.ts'
import type { Replica } from '../replica/replica.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { DraftBook } from './draft-book.ts'
import type { OutboxNewsHub } from './outbox-news.ts'
import type { RequestBook } from './request-book.ts'
import type { TypingBook } from './typing-book.ts'
import type { UnsentBook } from './unsent-book.ts'

/** The parts that views are built from. */
export interface ViewsDeps {
  readonly me: { readonly userId: string }
  readonly replica: Replica
  readonly readKept: ReadKept
  readonly rest: Pick<Rest, 'read'>
  readonly isLive: () => boolean
  /** Server time. */
  readonly now: () => number
  readonly drafts: DraftBook
  readonly typing: TypingBook
  readonly marks: Pick<MarkBook, 'of' | 'isMuted'>
  readonly stars: Pick<StarBook, 'has' | 'watch'>
  /** Calls the listener when the marks of a conversation change, or without an id when a mute ends. */
  readonly watchMarks: (listener: (conversationId?: string) => void) => () => void
  readonly unsent: Pick<UnsentBook, 'of' | 'watch'>
  readonly requests: RequestBook
  readonly blocks: Pick<BlockList, 'hides'>
  /** Notifies when the list of blocked users may have changed. */
  readonly onBlocks: (listener: () => void) => () => void
  readonly outboxNews: Pick<OutboxNewsHub, 'watch'>
  /** The commands that wait in a conversation, the next one first. */
  readonly waiting: (conversationId: string) => readonly OutboxEntry[]
  /** How far the files of a waiting message are. Undefined if it does not wait for files. */
  readonly upload: (conversationId: string, messageId: string) => MessageUpload | undefined
  /** The conversations with waiting commands. */
  readonly busy: () => Iterable<string>
  /** The members by the devices' signatures. Empty if this device does not know them. */
  readonly members: (conversationId: string) => readonly string[]
  /** Display names. */
  readonly names: NamesOfPeople
  /** The name of a group, if this device can read it. */
  readonly nameOf: (conversationId: string) => Promise<string | undefined>
  readonly markRead: (conversationId: string, seq: number) => Promise<void>
  /**
   * `retry` sends a failed message again under a new sequence number; `discard` drops it. Both resolve when the
   * change is stored.
   */
  readonly retry: (conversationId: string, messageId: string) => Promise<void>
  readonly discard: (conversationId: string, messageId: string) => Promise<void>
  /** How many messages a timeline loads at once. */
  readonly pageSize: number
  readonly onError: (thrown: unknown) => void
}
