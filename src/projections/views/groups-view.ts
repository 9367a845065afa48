import { evolveGroup } from '../../domain/conversation/groups/epochs.ts'
import { restoreGroup, storeGroup } from '../../domain/conversation/groups/stored-group.ts'
import type { GroupDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { asConversationEvent, type FoldedConversationEvent } from './folded-events.ts'

const groupInfoOf = (event: FoldedConversationEvent, before: GroupDocument | undefined) => {
  if (event.type === 'GroupCommitted') return event.data.groupInfo
  return event.type === 'GroupReset' ? null : (before?.groupInfo ?? null)
}

/** Each departure is a member's, and nobody joins without a commit: there are no more departures than members. */
const departuresOf = ({ type, revision }: FoldedConversationEvent, before: GroupDocument | undefined) => {
  if (type === 'MemberLeft' || type === 'MemberRemoved') return [...(before?.departures ?? []), revision]
  return type === 'DeviceRemovalAsked' ? (before?.departures ?? []) : []
}

const follow = (event: FoldedConversationEvent): Change => ({
  key: event.streamId,
  fold: (found) => {
    const before = (found ?? undefined) as GroupDocument | undefined
    const group = before && restoreGroup(before)
    const after = evolveGroup(group, event)
    const departures = departuresOf(event, before)
    if (after === undefined || (after === group && departures.length === before?.departures.length)) return found
    const document: GroupDocument = {
      ...storeGroup(after),
      conversationId: event.streamId,
      revision: event.revision,
      groupInfo: groupInfoOf(event, before),
      departures,
    }
    return { ...document }
  },
})

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asConversationEvent(decoded)
  switch (event.type) {
    case 'GroupCommitted':
    case 'GroupReset':
    case 'DeviceRemovalAsked':
    case 'MemberRemoved':
    case 'MemberLeft':
      return [follow(event)]
    case 'ConversationDeleted':
      return [{ key: event.streamId, fold: (before) => (before === undefined ? before : null) }]
    default:
      return none
  }
}

/**
 * The encryption group of each conversation, as the deciders see it, with its newest GroupInfo: one document for
 * each conversation.
 */
export const groups: Projection = {
  name: 'groups',
  version: 3,
  fields: {},
  indexes: [],
  streams: 'conversation',
  project,
}
