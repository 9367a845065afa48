import type { Member } from '../../domain/conversation/conversation-events.ts'
import type { Role } from '../../domain/conversation/members/role.ts'
import type { UserId } from '../../domain/ids.ts'
import type { MembershipDocument, VisibilityInterval } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { update } from './document-change.ts'
import { asConversationEvent } from './folded-events.ts'

type Place = Pick<DecodedEvent, 'streamId' | 'revision' | 'position' | 'at'>

const interval = (revision: number, lastSeq: number, isInvited: boolean): VisibilityInterval => ({
  fromRevision: revision,
  toRevision: null,
  fromSeq: lastSeq + 1,
  toSeq: null,
  ...(isInvited && { heldUntil: null }),
})

interface Entry {
  readonly lastSeq: number
  readonly invited?: readonly UserId[] | undefined
}

/** A new membership, or one more interval of a user who was a member before. */
const joined = ({ streamId, revision, position }: Place, { userId, role }: Member, entry: Entry): Change => ({
  key: `${streamId}/${userId}`,
  fold: (found) => {
    const before = found as MembershipDocument | null | undefined
    if (before !== undefined && before !== null && before.active !== 0) return found
    const isInvited = entry.invited?.includes(userId) === true
    const document: MembershipDocument = {
      conversationId: streamId,
      userId,
      role,
      active: isInvited ? 2 : 1,
      intervals: [...(before?.intervals ?? []), interval(revision, entry.lastSeq, isInvited)],
      joinedPosition: Number(position),
      invitedPosition: isInvited ? Number(position) : null,
      // A user who is asked to come back may still have to hear how the time before ended.
      endedPosition: isInvited ? (before?.endedPosition ?? null) : null,
      endedAt: isInvited ? (before?.endedAt ?? null) : null,
    }
    return { ...document }
  },
})

const accepted = ({ streamId, revision, position }: Place, userId: string): Change =>
  update<MembershipDocument>(`${streamId}/${userId}`, (before) => {
    if (before.active !== 2) return before
    const intervals = before.intervals.map((each) =>
      each.heldUntil === null ? { ...each, heldUntil: revision } : each,
    )
    const since = { joinedPosition: Number(position), endedPosition: null, endedAt: null }
    return { ...before, active: 1, intervals, ...since }
  })

/** The event that ends a membership is the last one that its user sees. */
const closed = (all: readonly VisibilityInterval[], revision: number, lastSeq: number): readonly VisibilityInterval[] =>
  all.map((each) => (each.toRevision === null ? { ...each, toRevision: revision, toSeq: lastSeq } : each))

const ended = ({ streamId, revision, position, at }: Place, userId: string, lastSeq: number): Change =>
  update<MembershipDocument>(`${streamId}/${userId}`, (before) => {
    if (before.active === 0) return before
    // A user who never agreed was never here.
    const seen = before.intervals.filter(({ heldUntil }) => heldUntil !== null)
    if (seen.length === 0) return null
    const intervals = closed(seen, revision, lastSeq)
    return { ...before, active: 0, intervals, endedPosition: Number(position), endedAt: at }
  })

const roleChanged = ({ streamId }: Place, userId: string, role: Role): Change =>
  update<MembershipDocument>(`${streamId}/${userId}`, (before) => (before.role === role ? before : { ...before, role }))

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asConversationEvent(decoded)
  switch (event.type) {
    case 'ConversationStarted':
      return event.data.members.map((member) => joined(event, member, { lastSeq: 0, invited: event.data.invited }))
    case 'MembersAdded':
      return event.data.members.map((member) => joined(event, member, event.data))
    case 'InvitationAccepted':
      return [accepted(event, event.data.userId)]
    case 'MemberRemoved':
    case 'MemberLeft':
      return [ended(event, event.data.userId, event.data.lastSeq)]
    case 'ConversationDeleted':
      return event.data.members.map((userId) => ended(event, userId, event.data.lastSeq))
    case 'RoleChanged':
      return [roleChanged(event, event.data.userId, event.data.role)]
    default:
      return none
  }
}

/**
 * The present and former members of each conversation, and the part of it that they may see: one document for each
 * user and conversation.
 */
export const memberships: Projection = {
  name: 'memberships',
  version: 4,
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
  streams: 'conversation',
  project,
}
