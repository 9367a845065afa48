import type { AcknowledgementDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put } from './document-change.ts'
import { asReceiptsEvent } from './folded-events.ts'

const none: readonly Change[] = []

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asReceiptsEvent(decoded)
  if (event.type !== 'WelcomeAcknowledged') return none
  const { userId, deviceId, revision } = event.data
  const document: AcknowledgementDocument = { revision }
  return [put(`${event.streamId}/${userId}/${deviceId}`, document)]
}

/** Which Welcome each device has used last: one document for each device and conversation. */
export const acknowledgements: Projection = {
  name: 'acknowledgements',
  version: 1,
  fields: {},
  indexes: [],
  streams: 'receipts',
  project,
}
