import { type DeletionDocument, padded } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put } from './change-of.ts'
import { asConversationEvent } from './folded-events.ts'

const project = (decoded: DecodedEvent): readonly Change[] => {
  const { type, data, streamId, revision } = asConversationEvent(decoded)
  if (type !== 'MessageDeleted') return []
  const document: DeletionDocument = { revision }
  return [put(`${streamId}/${padded(data.target.revision)}`, document)]
}

/** What was deleted: one document for each message or reaction. */
export const deletions: Projection = {
  name: 'deletions',
  version: 1,
  fields: {},
  indexes: [],
  streamPrefix: 'conversation-',
  project,
}
