import { auditFormat } from '../../codec/audit-codec.ts'
import { conversationFormat } from '../../codec/conversation-codec.ts'
import type { EventFormat } from '../../codec/event-format.ts'
import { receiptsFormat } from '../../codec/receipts-codec.ts'
import { userFormat } from '../../codec/user-codec.ts'
import { idOfStream, type StreamKind } from '../../domain/stream-names.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { DecodedEvent } from '../projection.ts'

const formats: Readonly<Record<StreamKind, EventFormat>> = {
  conversation: conversationFormat,
  receipts: receiptsFormat,
  user: userFormat,
  audit: auditFormat,
}

/**
 * The event of a stream of this kind in its newest version; throws for one that this code does not understand.
 * Written out, because spreading is the largest cost of a fold.
 */
export const decode = (event: RecordedEvent, kind: StreamKind): DecodedEvent => {
  const { type, version, data } = formats[kind].decode(event)
  const { stream, revision, position, id, at, userId, deviceId, body, target } = event
  const streamId = idOfStream(stream)
  const decoded = { stream, streamId, revision, position, id, type, version, at, userId, deviceId, data, body }
  return target === undefined ? decoded : { ...decoded, target }
}
