import { starKey } from '../../domain/user/marks.ts'
import type { StarDocument } from '../marks-document.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put, update, updateAll } from './document-change.ts'
import { asUserEvent, type FoldedUserEvent } from './folded-events.ts'

const none: readonly Change[] = []

const starred = (event: Extract<FoldedUserEvent, { type: 'MessageStarred' }>): Change => {
  const { streamId: userId, at, revision, data } = event
  const { conversationId, messageId, seq } = data
  const document: StarDocument = { userId, conversationId, messageId, seq, at, revision }
  return put(`${userId}/${starKey(data)}`, document)
}

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asUserEvent(decoded)
  switch (event.type) {
    case 'MessageStarred':
      return [starred(event)]
    case 'MessageUnstarred':
      return [update<StarDocument>(`${event.streamId}/${starKey(event.data)}`, () => null)]
    case 'UserErased':
      return [updateAll<StarDocument>(`${event.streamId}/`, () => null)]
    default:
      return none
  }
}

/** The messages that users have starred: one document for each. */
export const stars: Projection = {
  name: 'stars',
  version: 1,
  fields: { userId: 'text', revision: 'integer' },
  indexes: [['userId', 'revision']],
  streams: 'user',
  project,
}
