import type { CommandDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put } from './document-change.ts'
import { asConversationEvent } from './folded-events.ts'

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const { type, data, streamId, userId, deviceId, revision } = asConversationEvent(decoded)
  if (type === 'MessageSent' || data.clientSeq === undefined) return none
  const document: CommandDocument = { revision }
  return [put(`${streamId}/${userId}/${deviceId}/${data.clientSeq}`, document)]
}

/** The result of a numbered command other than a new message: one document for each command. */
export const commands: Projection = {
  name: 'commands',
  version: 1,
  fields: {},
  indexes: [],
  streams: 'conversation',
  project,
}
