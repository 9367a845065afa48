import { type MessageDocument, padded } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put, update } from './document-change.ts'
import { asConversationEvent, type FoldedConversationEvent } from './folded-events.ts'

type Of<Type extends FoldedConversationEvent['type']> = Extract<FoldedConversationEvent, { type: Type }>

const sent = ({ streamId, revision, position, at, userId, deviceId, data }: Of<'MessageSent'>): MessageDocument => ({
  conversationId: streamId,
  messageId: data.messageId,
  seq: data.seq,
  revision,
  position: Number(position),
  at,
  sender: userId,
  senderDevice: deviceId,
  clientSeq: data.clientSeq ?? 0,
  contentType: data.contentType ?? null,
  replyTo: data.replyTo ?? null,
  mediaIds: data.mediaIds ?? [],
  sentAt: data.sentAt ?? null,
  edited: null,
  deleted: 0,
  deletedBy: null,
  deletedAt: null,
})

const edited = (before: MessageDocument, { revision, at, data }: Of<'MessageEdited'>): MessageDocument => {
  if (before.deleted === 1) return before
  return {
    ...before,
    contentType: data.contentType ?? before.contentType,
    mediaIds: data.mediaIds ?? before.mediaIds,
    edited: { messageId: data.messageId, revision, at },
  }
}

const deleted = (before: MessageDocument, { at, userId }: Of<'MessageDeleted'>): MessageDocument => {
  if (before.deleted === 1) return before
  return { ...before, mediaIds: [], deleted: 1, deletedBy: userId, deletedAt: at }
}

/** Only if the target is the message itself: a deleted reaction names the number of the message that it belonged to. */
const ifTarget = (
  { streamId, data }: Of<'MessageEdited'> | Of<'MessageDeleted'>,
  fold: (before: MessageDocument) => MessageDocument,
): readonly Change[] => [
  update<MessageDocument>(`${streamId}/${padded(data.target.seq)}`, (before) =>
    before.revision === data.target.revision ? fold(before) : before,
  ),
]

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asConversationEvent(decoded)
  switch (event.type) {
    case 'MessageSent':
      return [put(`${event.streamId}/${padded(event.data.seq)}`, sent(event))]
    case 'MessageEdited':
      return ifTarget(event, (before) => edited(before, event))
    case 'MessageDeleted':
      return ifTarget(event, (before) => deleted(before, event))
    default:
      return none
  }
}

/** The messages of a conversation by number, with edits and deletions folded in: one document for each message. */
export const timeline: Projection = {
  name: 'timeline',
  version: 1,
  fields: { messageId: 'text', sender: 'text', deleted: 'integer', at: 'integer' },
  // Anybody may use an id that others use: the key leads to the messages of one conversation.
  indexes: [['messageId', 'key']],
  streams: 'conversation',
  project,
}
