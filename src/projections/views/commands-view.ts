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

/** Where a numbered command other than a new message ended up: one document a command. */
export const commands: Projection = {
  name: 'commands',
  version: 1,
  fields: {},
  indexes: [],
  streamPrefix: 'conversation-',
  project,
}
