import type { Watermark } from '../../domain/receipts/receipts-events.ts'
import { padded, type ReceiptDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put } from './document-change.ts'
import { asReceiptsEvent, type FoldedReceiptsEvent } from './folded-events.ts'

type Advanced = Extract<FoldedReceiptsEvent, { type: 'ReceiptsAdvanced' }>

const change = ({ streamId, revision, at }: Advanced, entry: Watermark, index: number): Change => {
  const read = entry.audience === undefined ? (entry.read ?? null) : null
  const document: ReceiptDocument = {
    conversationId: streamId,
    userId: entry.userId,
    deviceId: entry.deviceId,
    delivered: entry.delivered ?? null,
    read,
    at,
  }
  return put(`${streamId}/${padded(revision)}/${index}`, document)
}

/** Every movement of every watermark, so that the time of any message's delivery and reading can be found. */
export const receipts: Projection = {
  name: 'receipts',
  version: 1,
  fields: { conversationId: 'text', userId: 'text', deviceId: 'text', delivered: 'integer', read: 'integer' },
  indexes: [
    ['conversationId', 'userId', 'deviceId', 'delivered'],
    ['conversationId', 'userId', 'deviceId', 'read'],
  ],
  streams: 'receipts',
  project: (decoded: DecodedEvent) => {
    const event = asReceiptsEvent(decoded)
    if (event.type !== 'ReceiptsAdvanced') return []
    return event.data.entries.map((entry, index) => change(event, entry, index))
  },
}
