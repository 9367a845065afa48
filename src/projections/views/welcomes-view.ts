import type { GroupLeaf } from '../../domain/conversation/groups/group.ts'
import type { WelcomeDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put, updateAll } from './document-change.ts'
import { asConversationEvent, type FoldedConversationEvent } from './folded-events.ts'

type Committed = Extract<FoldedConversationEvent, { type: 'GroupCommitted' }>

const keyOf = (conversationId: string, { userId, deviceId }: Pick<GroupLeaf, 'userId' | 'deviceId'>): string =>
  `${conversationId}/${userId}/${deviceId}`

const drop = (key: string): Change => ({ key, fold: (before) => (before === undefined ? before : null) })
const dropAll = (prefix: string): Change => updateAll<WelcomeDocument>(prefix, () => null)

/** A committer that begins the group or joins from outside is added by the commit, and has its state already. */
const isWelcomed = ({ userId, deviceId }: Committed, leaf: GroupLeaf): boolean =>
  leaf.userId !== userId || leaf.deviceId !== deviceId

const welcomeOf = (event: Committed, leaf: GroupLeaf): Change => {
  const { streamId, revision, position, at, data } = event
  if (data.welcome === null || !isWelcomed(event, leaf)) return drop(keyOf(streamId, leaf))
  const document: WelcomeDocument = {
    conversationId: streamId,
    userId: leaf.userId,
    deviceId: leaf.deviceId,
    revision,
    position: Number(position),
    at,
    generation: data.generation,
    epoch: data.epoch,
    welcome: data.welcome,
  }
  return put(keyOf(streamId, leaf), document)
}

const committed = (event: Committed): readonly Change[] => {
  const added = new Set(event.data.added.map((leaf) => keyOf(event.streamId, leaf)))
  const removed = event.data.removed.map((leaf) => keyOf(event.streamId, leaf)).filter((key) => !added.has(key))
  return [...removed.map(drop), ...event.data.added.map((leaf) => welcomeOf(event, leaf))]
}

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asConversationEvent(decoded)
  switch (event.type) {
    case 'GroupCommitted':
      return committed(event)
    case 'MemberRemoved':
    case 'MemberLeft':
      return [dropAll(`${event.streamId}/${event.data.userId}/`)]
    case 'GroupReset':
    case 'ConversationDeleted':
      return [dropAll(`${event.streamId}/`)]
    default:
      return none
  }
}

/**
 * The newest Welcome for each device of each conversation, until the device is removed, joins in another way, or
 * the group is reset.
 */
export const welcomes: Projection = {
  name: 'welcomes',
  version: 2,
  fields: { userId: 'text', deviceId: 'text' },
  indexes: [['userId', 'deviceId']],
  streams: 'conversation',
  project,
}
