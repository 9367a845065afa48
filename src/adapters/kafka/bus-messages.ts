import type { KafkaMessage } from 'kafkajs'
import { decodeRecordedEvent, encodeRecordedEvent } from '../../codec/recorded-event-json.ts'
import { idOfStream } from '../../domain/stream-names.ts'
import type { BusSlice } from '../../ports/event-bus.ts'
import type { Position, RecordedEvent } from '../../ports/event-log.ts'

/** In the form that the producer takes. */
export interface BusMessage {
  readonly partition: number
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers: Record<string, string>
}

/** The content of one message: a slice of at most one event. */
export interface Piece {
  readonly after: Position
  readonly upTo: Position
  readonly event: RecordedEvent | undefined
}

const eventMessage = (partition: number, after: Position, event: RecordedEvent, upTo: Position): BusMessage => ({
  partition,
  key: idOfStream(event.stream),
  value: Buffer.from(encodeRecordedEvent(event)),
  headers: {
    after: `${after}`,
    position: `${event.position}`,
    type: event.type,
    ...(upTo > event.position && { upTo: `${upTo}` }),
  },
})

const markMessage = ({ partition, after, upTo }: BusSlice): BusMessage => ({
  partition,
  key: null,
  value: null,
  headers: { after: `${after}`, position: `${upTo}`, mark: '1' },
})

/**
 * One message for each event: its key is the stream, its value the event as JSON. A slice without events is a
 * message without key and value. The headers of each message say above which position it begins and up to which it
 * goes, so that a part of a slice is a slice too.
 */
export const toMessages = (slice: BusSlice): readonly BusMessage[] => {
  const { partition, after, upTo, events } = slice
  if (events.length === 0) return [markMessage(slice)]
  return events.map((event, index) => {
    const isLast = index === events.length - 1
    return eventMessage(partition, events[index - 1]?.position ?? after, event, isLast ? upTo : event.position)
  })
}

const position = (message: KafkaMessage, name: string): Position | undefined => {
  const text = String(message.headers?.[name] ?? '')
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined
}

/** Throws for anything that is not a message of this bus. */
export const readMessage = (message: KafkaMessage): Piece => {
  const after = position(message, 'after')
  const own = position(message, 'position')
  const upTo = position(message, 'upTo') ?? own
  if (after === undefined || own === undefined || upTo === undefined || after > own || own > upTo)
    throw new SyntaxError('a message of the event bus has positions in its headers')
  if (message.value === null) return { after, upTo, event: undefined }
  const event = decodeRecordedEvent(message.value.toString())
  if (event.position !== own || own === after)
    throw new SyntaxError('an event of the event bus has the position of its message')
  return { after, upTo, event }
}
