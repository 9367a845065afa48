import { conversationFormat } from '../../codec/conversation-codec.ts'
import type { EventFormat } from '../../codec/event-format.ts'
import { receiptsFormat } from '../../codec/receipts-codec.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { DecodedEvent } from '../projection.ts'

const formats: ReadonlyMap<string, EventFormat> = new Map([
  ['conversation-', conversationFormat],
  ['receipts-', receiptsFormat],
])

/**
 * The event in its newest version; throws for one that this code does not understand. `prefix` begins the stream's
 * name. Written out, because spreading is the largest cost of a fold.
 */
export const decode = (event: RecordedEvent, prefix: string): DecodedEvent => {
  const format = formats.get(prefix)
  if (format === undefined) throw new Error(`streams ${prefix}... have no event format`)
  const { type, version, data } = format.decode(event)
  const { stream, revision, position, id, at, userId, deviceId, body, target } = event
  const streamId = stream.slice(prefix.length)
  const decoded = { stream, streamId, revision, position, id, type, version, at, userId, deviceId, data, body }
  return target === undefined ? decoded : { ...decoded, target }
}
