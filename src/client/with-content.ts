import { type Readable, readableOf } from './readable.ts'
import type { InboxEntry, Message, SnapshotConversation } from './views.ts'

/** What the server keeps about a message, with what this device read in it. */
export type ReadableMessage = Omit<Message, 'reactions'> &
  Readable & { readonly reactions: readonly (Message['reactions'][number] & Readable)[] }
export type ReadableInboxEntry = Omit<InboxEntry, 'lastMessage'> & {
  readonly lastMessage: (NonNullable<InboxEntry['lastMessage']> & Readable) | null
}
export type ReadableConversation = Omit<SnapshotConversation, 'lastMessage' | 'messages' | 'welcome'> & {
  readonly lastMessage: ReadableInboxEntry['lastMessage']
  readonly messages: readonly ReadableMessage[]
}

/** The server's ciphertext can be opened once, and was: what is shown comes from this device's own copy. */
export interface WithContent {
  message(message: Message): ReadableMessage
  inboxEntry(entry: InboxEntry): ReadableInboxEntry
  conversation(entry: SnapshotConversation): ReadableConversation
}

type Dated = Pick<Message, 'conversationId' | 'revision' | 'edited' | 'ciphertext'>

export const createWithContent = (
  envelopeAt: (conversationId: string, revision: number) => Uint8Array | undefined,
): WithContent => {
  /** Of the newest edit; nothing once it was deleted. */
  const read = ({ conversationId, revision, edited, ciphertext }: Dated): Readable =>
    readableOf(ciphertext === null ? undefined : envelopeAt(conversationId, edited?.revision ?? revision))

  const message = (one: Message): ReadableMessage => ({
    ...one,
    ...read(one),
    reactions: one.reactions.map((reaction) => ({
      ...reaction,
      ...read({ ...reaction, conversationId: one.conversationId, edited: null }),
    })),
  })
  const inboxEntry = ({ lastMessage, ...entry }: InboxEntry): ReadableInboxEntry => ({
    ...entry,
    lastMessage: lastMessage && { ...lastMessage, ...read(lastMessage) },
  })
  return {
    message,
    inboxEntry,
    conversation: ({ messages, welcome: _welcome, ...entry }) => ({
      ...entry,
      ...inboxEntry(entry),
      messages: messages.map(message),
    }),
  }
}
