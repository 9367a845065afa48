import type { Member, Role } from '../../domain/conversation/events.ts'
import type { MembershipDocument, VisibilityInterval } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { update } from './change-of.ts'
import { asConversationEvent } from './folded-events.ts'

type Place = Pick<DecodedEvent, 'streamId' | 'revision' | 'position' | 'at'>

const interval = (revision: number, lastSeq: number): VisibilityInterval => ({
  fromRevision: revision,
  toRevision: null,
  fromSeq: lastSeq + 1,
  toSeq: null,
})

/** A new membership, or one more interval of a user who has been here before. */
const joined = ({ streamId, revision, position }: Place, { userId, role }: Member, lastSeq: number): Change => ({
  key: `${streamId}/${userId}`,
  fold: (found) => {
    const before = found as MembershipDocument | null | undefined
    if (before?.active === 1) return found
    const document: MembershipDocument = {
      conversationId: streamId,
      userId,
      role,
      active: 1,
      intervals: [...(before?.intervals ?? []), interval(revision, lastSeq)],
      joinedPosition: Number(position),
      endedPosition: null,
      endedAt: null,
    }
    return { ...document }
  },
})

/** The event that ends a membership is the last one that its user sees. */
const closed = (all: readonly VisibilityInterval[], revision: number, lastSeq: number): readonly VisibilityInterval[] =>
  all.map((each) => (each.toRevision === null ? { ...each, toRevision: revision, toSeq: lastSeq } : each))

const ended = ({ streamId, revision, position, at }: Place, userId: string, lastSeq: number): Change =>
  update<MembershipDocument>(`${streamId}/${userId}`, (before) => {
    if (before.active === 0) return before
    const intervals = closed(before.intervals, revision, lastSeq)
    return { ...before, active: 0, intervals, endedPosition: Number(position), endedAt: at }
  })

const roleChanged = ({ streamId }: Place, userId: string, role: Role): Change =>
  update<MembershipDocument>(`${streamId}/${userId}`, (before) => (before.role === role ? before : { ...before, role }))

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asConversationEvent(decoded)
  switch (event.type) {
    case 'ConversationStarted':
      return event.data.members.map((member) => joined(event, member, 0))
    case 'MembersAdded':
      return event.data.members.map((member) => joined(event, member, event.data.lastSeq))
    case 'MemberRemoved':
    case 'MemberLeft':
      return [ended(event, event.data.userId, event.data.lastSeq)]
    case 'RoleChanged':
      return [roleChanged(event, event.data.userId, event.data.role)]
    default:
      return none
  }
}

/** Who is, or was, in which conversation, and what of it he may see: one document a user and conversation. */
export const memberships: Projection = {
  name: 'memberships',
  version: 2,
  fields: {
    userId: 'text',
    conversationId: 'text',
    active: 'integer',
    joinedPosition: 'integer',
    endedPosition: 'integer',
  },
  indexes: [
    ['userId', 'active'],
    ['userId', 'endedPosition'],
    ['conversationId', 'active'],
  ],
  streamPrefix: 'conversation-',
  project,
}
