import { describe, expect, it } from 'vitest'
import type { ConversationEventType } from '../../../../src/domain/conversation/conversation-events.ts'
import { eventTypes } from '../../../../src/domain/event-types.ts'
import type { ReceiptsEventType } from '../../../../src/domain/receipts/receipts-events.ts'
import { streamName } from '../../../../src/domain/stream-names.ts'
import type { UserEventType } from '../../../../src/domain/user/user-events.ts'
import type { RecordedEvent } from '../../../../src/ports/event-log.ts'
import { decode } from '../../../../src/projections/runner/decode-event.ts'
import { allViews } from '../../../../src/projections/views/all-views.ts'
import { recordings } from '../../codec/recorded-events.ts'

type Projected = ConversationEventType | ReceiptsEventType | UserEventType

/**
 * The views that change with an event of each type; `conversations` and `commands`, which note every event and every
 * numbered command, apart. A type that nobody has decided on does not compile here.
 */
const folded: Readonly<Record<Projected, readonly string[]>> = {
  ConversationStarted: ['memberships'],
  MembersAdded: ['memberships'],
  InvitationAccepted: ['memberships'],
  MemberRemoved: ['memberships', 'groups', 'welcomes'],
  MemberLeft: ['memberships', 'groups', 'welcomes'],
  RoleChanged: ['memberships'],
  ConversationRenamed: [],
  ConversationDescribed: [],
  RetentionChanged: [],
  PostingChanged: [],
  MessageSent: ['timeline', 'media'],
  MessageEdited: ['timeline', 'media'],
  MessageDeleted: ['timeline', 'reactions', 'deletions', 'media'],
  MessageReacted: ['reactions'],
  ControlSent: [],
  GroupCommitted: ['groups', 'welcomes', 'blobs'],
  DeviceRemovalAsked: ['groups'],
  GroupReset: ['groups', 'welcomes'],
  MessagesExpired: ['deletions'],
  ConversationClosed: [],
  ConversationDeleted: ['memberships', 'groups', 'welcomes'],
  ReceiptsAdvanced: ['watermarks', 'receipts'],
  WelcomeAcknowledged: ['acknowledgements'],
  DeviceAdded: [],
  DeviceNamed: [],
  ApprovalRequested: [],
  ApprovalRefused: [],
  DeviceRevoked: [],
  IdentityChanged: [],
  UserDeactivated: [],
  UserReactivated: [],
  UserErased: ['marks', 'stars'],
  ConsentChanged: [],
  UserBlocked: [],
  UserUnblocked: [],
  ConversationRequested: [],
  RequestSettled: [],
  ConversationMarked: ['marks'],
  MessageStarred: ['stars'],
  MessageUnstarred: ['stars'],
}

const everyEvent = ['conversations', 'commands']

const viewsOf = (event: RecordedEvent, kind: 'conversation' | 'receipts' | 'user'): readonly string[] =>
  allViews
    .filter(({ name, streams }) => streams === kind && !everyEvent.includes(name))
    .filter((view) => view.project(decode(event, kind)).length + (view.projectAlways?.(event).length ?? 0) > 0)
    .map(({ name }) => name)

describe('the views', () => {
  it.each(Object.entries(folded) as [Projected, readonly string[]][])('fold %s where it belongs', (type, views) => {
    const kind = eventTypes[type].stream
    const all = recordings.filter(({ event }) => event.type === type)
    expect(all).not.toEqual([])
    const place = { stream: streamName(kind, 'c'), revision: 3, position: 7n }
    const changed = new Set(all.flatMap(({ event }) => viewsOf({ ...event, ...place }, kind)))
    expect([...changed].sort()).toEqual([...views].sort())
  })
})
