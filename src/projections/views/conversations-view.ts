import { expiryPace } from '../../domain/conversation/expiry.ts'
import { retentionOfDeleted } from '../../domain/conversation/retention-of-deleted.ts'
import type { ConversationDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put, update } from './document-change.ts'
import { asConversationEvent, type FoldedConversationEvent } from './folded-events.ts'

type Started = Extract<FoldedConversationEvent, { type: 'ConversationStarted' }>
type Expired = Extract<FoldedConversationEvent, { type: 'MessagesExpired' }>

const started = ({ streamId, at, revision, position, userId, data }: Started): ConversationDocument => ({
  conversationId: streamId,
  kind: data.kind,
  writers: data.kind === 'direct' ? [userId] : [],
  name: data.name ?? null,
  description: data.description ?? null,
  createdAt: at,
  memberCount: data.members.length,
  retentionSeconds: null,
  posting: 'everyone',
  expiredUpTo: -1,
  expiredSeq: 0,
  oldestAt: null,
  newestContent: -1,
  expiryDue: null,
  lastSeq: 0,
  lastMessageAt: at,
  activePosition: Number(position),
  lastRevision: revision,
  lastPosition: Number(position),
})

const expired = (
  { expiredSeq, newestContent }: ConversationDocument,
  { upTo, lastSeq, since }: Expired['data'],
): Partial<ConversationDocument> => ({
  expiredUpTo: upTo,
  expiredSeq: Math.max(expiredSeq, lastSeq),
  oldestAt: newestContent > upTo ? since : null,
})

const dueAt = ({ retentionSeconds, oldestAt }: ConversationDocument): number | null =>
  retentionSeconds === null || oldestAt === null
    ? null
    : oldestAt + retentionSeconds * 1000 + expiryPace(retentionSeconds)

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
    case 'ConversationDeleted':
      return { name: null, description: null, memberCount: 0, retentionSeconds: retentionOfDeleted }
    case 'PostingChanged':
      return { posting: event.data.posting }
    case 'MessageSent':
    case 'MessageEdited':
    case 'MessageReacted':
      return { oldestAt: Math.min(before.oldestAt ?? event.at, event.at), newestContent: event.revision }
    case 'MessagesExpired':
      return expired(before, event.data)
    default:
      return {}
  }
}

/** At most two, so that a document does not grow with the number of senders. */
const writersWith = ({ kind, writers }: ConversationDocument, userId: string): readonly string[] =>
  kind === 'group' || writers.includes(userId) ? writers : [...writers, userId]

const moved = (before: ConversationDocument, event: FoldedConversationEvent): ConversationDocument => {
  const { revision: lastRevision, at: lastMessageAt } = event
  const lastPosition = Number(event.position)
  const after = { ...before, ...changed(before, event), lastRevision, lastPosition }
  const due = { ...after, expiryDue: dueAt(after) }
  if (event.type !== 'MessageSent') return due
  const { seq: lastSeq } = event.data
  const writers = writersWith(before, event.userId)
  return { ...due, writers, lastSeq, lastMessageAt, activePosition: lastPosition }
}

const change = (event: FoldedConversationEvent): Change =>
  event.type === 'ConversationStarted'
    ? put(event.streamId, started(event))
    : update<ConversationDocument>(event.streamId, (before) => moved(before, event))

/** What a conversation is and when it last moved: one document for each conversation. */
export const conversations: Projection = {
  name: 'conversations',
  version: 6,
  fields: { activePosition: 'integer', lastPosition: 'integer', lastMessageAt: 'integer', expiryDue: 'integer' },
  indexes: [['expiryDue']],
  streams: 'conversation',
  project: (event: DecodedEvent) => [change(asConversationEvent(event))],
}
