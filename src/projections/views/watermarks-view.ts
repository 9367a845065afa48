import type { Watermark } from '../../domain/receipts/receipts-events.ts'
import type { WatermarkDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { asReceiptsEvent, type FoldedReceiptsEvent } from './folded-events.ts'

const initial = (conversationId: string, { userId, deviceId }: Watermark): WatermarkDocument => ({
  conversationId,
  userId,
  deviceId,
  delivered: 0,
  read: 0,
  deliveredAt: null,
  readAt: null,
  sharedRead: 0,
  sharedReadAt: null,
  position: 0,
  sharedPosition: 0,
})

/** Watermarks only rise, and what was read has been delivered. */
const advance = (before: WatermarkDocument, entry: Watermark, at: number, position: number): WatermarkDocument => {
  const read = Math.max(before.read, entry.read ?? 0)
  const delivered = Math.max(before.delivered, entry.delivered ?? 0, read)
  if (read === before.read && delivered === before.delivered) return before
  const deliveredAt = delivered === before.delivered ? before.deliveredAt : at
  const readAt = read === before.read ? before.readAt : at
  return share({ ...before, delivered, read, deliveredAt, readAt, position }, before, entry)
}

/** What others may know of a movement. */
const share = (after: WatermarkDocument, before: WatermarkDocument, { audience }: Watermark): WatermarkDocument => {
  const { read: sharedRead, readAt: sharedReadAt, position: sharedPosition } = after
  if (audience === undefined) return { ...after, sharedRead, sharedReadAt, sharedPosition }
  return after.delivered === before.delivered ? after : { ...after, sharedPosition }
}

const change = ({ streamId, at, position }: FoldedReceiptsEvent, entry: Watermark): Change => ({
  key: `${streamId}/${entry.userId}/${entry.deviceId}`,
  fold: (found) => {
    const before = found as WatermarkDocument | null | undefined
    const start = before ?? initial(streamId, entry)
    const after = advance(start, entry, at, Number(position))
    return after === start ? found : { ...after }
  },
})

/** How far each device has received and read: one document for each device and conversation. */
export const watermarks: Projection = {
  name: 'watermarks',
  version: 2,
  fields: { conversationId: 'text', position: 'integer' },
  indexes: [['conversationId', 'position']],
  streams: 'receipts',
  project: (decoded: DecodedEvent) => {
    const event = asReceiptsEvent(decoded)
    if (event.type !== 'ReceiptsAdvanced') return []
    return event.data.entries.map((entry) => change(event, entry))
  },
}
