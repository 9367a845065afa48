import type { Conversation } from '@backscroll/protocol/rest/conversations'
import type { InboxEntry } from '@backscroll/protocol/rest/inbox'
import type { Message } from '@backscroll/protocol/rest/messages'
import type { SnapshotEntry } from '@backscroll/protocol/rest/sync'
import { type EditedReadable, readEdited } from '../content/edited-content.ts'
import { type Readable, readableOf } from '../content/readable-content.ts'
import type { TextPlace } from '../crypto/sealed-text.ts'

/** What the server stores about a message, with what this device read in it. */
export type ReadableMessage = Omit<Message, 'reactions'> &
  EditedReadable & { readonly reactions: readonly (Message['reactions'][number] & Readable)[] }
export type ReadableInboxEntry = Omit<InboxEntry, 'lastMessage'> & {
  readonly lastMessage: (NonNullable<InboxEntry['lastMessage']> & EditedReadable) | null
}
export type ReadableConversation = Omit<SnapshotEntry, 'lastMessage' | 'messages' | 'welcome'> & {
  readonly lastMessage: ReadableInboxEntry['lastMessage']
  readonly messages: readonly ReadableMessage[]
}

/** The server's ciphertext can be opened only once, which has happened: this device's own copy is shown. */
export interface WithContent {
  message(message: Message): Promise<ReadableMessage>
  /** Names and descriptions: null where this device cannot open them. */
  conversation(found: Conversation): Promise<Conversation>
  inboxEntry(entry: InboxEntry): Promise<ReadableInboxEntry>
  snapshot(entry: SnapshotEntry): Promise<ReadableConversation>
}

/** What this device can open. */
export interface Opener {
  /** The envelope of the message event at a revision, if this device has read it. */
  envelopeAt(conversationId: string, revision: number): Promise<Uint8Array | undefined>
  /** A conversation's name or description as the server has it, opened; null for what this device cannot open. */
  openText(place: TextPlace, sealed: string | null): Promise<string | null>
  /** A group's name and description as this device knows them. */
  textsOf(conversationId: string): Promise<{ readonly name: string | null; readonly description: string | null }>
}

type Facts = InboxEntry['conversation']
type Dated = Pick<Message, 'conversationId' | 'revision' | 'edited' | 'ciphertext'>

export const createWithContent = ({ envelopeAt, openText }: Pick<Opener, 'envelopeAt' | 'openText'>): WithContent => {
  const facts = async (found: Facts): Promise<Facts> => {
    const { conversationId, name, description } = found
    return {
      ...found,
      name: await openText({ conversationId, field: 'name' }, name),
      description: await openText({ conversationId, field: 'description' }, description),
    }
  }
  /** The content of the newest edit; nothing once it was deleted. */
  const read = async (one: Dated): Promise<EditedReadable> => {
    const readAt = async (revision: number) => readableOf(await envelopeAt(one.conversationId, revision))
    return one.ciphertext === null ? readableOf(undefined) : readEdited(readAt, one)
  }

  const message = async (one: Message): Promise<ReadableMessage> => ({
    ...one,
    ...(await read(one)),
    reactions: await Promise.all(
      one.reactions.map(async (reaction) => ({
        ...reaction,
        ...(await read({ ...reaction, conversationId: one.conversationId, edited: null })),
      })),
    ),
  })
  const inboxEntry = async ({ lastMessage, ...entry }: InboxEntry): Promise<ReadableInboxEntry> => ({
    ...entry,
    conversation: await facts(entry.conversation),
    lastMessage: lastMessage && { ...lastMessage, ...(await read(lastMessage)) },
  })
  return {
    message,
    conversation: async (found) => ({ ...found, conversation: await facts(found.conversation) }),
    inboxEntry,
    snapshot: async ({ messages, welcome: _welcome, ...entry }) => ({
      ...entry,
      ...(await inboxEntry(entry)),
      messages: await Promise.all(messages.map(message)),
    }),
  }
}
