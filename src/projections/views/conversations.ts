import type { ConversationDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put, update } from './change-of.ts'
import { asConversationEvent, type FoldedConversationEvent } from './folded-events.ts'

type Started = Extract<FoldedConversationEvent, { type: 'ConversationStarted' }>

const started = ({ streamId, at, revision, position, data }: Started): ConversationDocument => ({
  conversationId: streamId,
  kind: data.kind,
  name: data.name ?? null,
  description: data.description ?? null,
  createdAt: at,
  memberCount: data.members.length,
  retentionSeconds: null,
  lastSeq: 0,
  lastMessageAt: at,
  activePosition: Number(position),
  lastRevision: revision,
  lastPosition: Number(position),
})

const changed = (before: ConversationDocument, event: FoldedConversationEvent): Partial<ConversationDocument> => {
  switch (event.type) {
    case 'MembersAdded':
      return { memberCount: before.memberCount + event.data.members.length }
    case 'MemberRemoved':
    case 'MemberLeft':
      return { memberCount: before.memberCount - 1 }
    case 'ConversationRenamed':
      return { name: event.data.name }
    case 'ConversationDescribed':
      return { description: event.data.description }
    case 'RetentionChanged':
      return { retentionSeconds: event.data.seconds }
    default:
      return {}
  }
}

const moved = (before: ConversationDocument, event: FoldedConversationEvent): ConversationDocument => {
  const { revision: lastRevision, at: lastMessageAt } = event
  const lastPosition = Number(event.position)
  if (event.type !== 'MessageSent') return { ...before, ...changed(before, event), lastRevision, lastPosition }
  const { seq: lastSeq } = event.data
  return { ...before, lastSeq, lastMessageAt, activePosition: lastPosition, lastRevision, lastPosition }
}

const change = (event: FoldedConversationEvent): Change =>
  event.type === 'ConversationStarted'
    ? put(event.streamId, started(event))
    : update<ConversationDocument>(event.streamId, (before) => moved(before, event))

/** What a conversation is and when it last moved: one document a conversation. */
export const conversations: Projection = {
  name: 'conversations',
  version: 2,
  fields: { activePosition: 'integer', lastPosition: 'integer', lastMessageAt: 'integer' },
  indexes: [],
  streamPrefix: 'conversation-',
  project: (event: DecodedEvent) => [change(asConversationEvent(event))],
}
