import type { Target } from '../../domain/conversation/conversation-events.ts'
import { padded, type ReactionDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put, updateAll } from './document-change.ts'
import { asConversationEvent, type FoldedConversationEvent } from './folded-events.ts'

type Reacted = Extract<FoldedConversationEvent, { type: 'MessageReacted' }>

const reacted = ({ streamId, revision, at, userId, deviceId, data }: Reacted): ReactionDocument => ({
  conversationId: streamId,
  seq: data.target.seq,
  targetRevision: data.target.revision,
  messageId: data.messageId,
  revision,
  at,
  userId,
  deviceId,
  contentType: data.contentType ?? null,
})

/** The target is the message, and all its reactions go, or one of its reactions. */
const deleted = (streamId: string, target: Target): Change =>
  updateAll<ReactionDocument>(`${streamId}/${padded(target.seq)}/`, (before) =>
    before.targetRevision === target.revision || before.revision === target.revision ? null : before,
  )

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asConversationEvent(decoded)
  switch (event.type) {
    case 'MessageReacted':
      return [put(`${event.streamId}/${padded(event.data.target.seq)}/${event.userId}`, reacted(event))]
    case 'MessageDeleted':
      return [deleted(event.streamId, event.data.target)]
    default:
      return none
  }
}

/** A user's newest reaction to a message: one document for each user and message. */
export const reactions: Projection = {
  name: 'reactions',
  version: 1,
  fields: {},
  indexes: [],
  streams: 'conversation',
  project,
}
