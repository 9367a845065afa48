import { type EventData, jsonEvent, type Position as ServerPosition } from '@eventstore/db-client'
import { parse, v5 } from 'uuid'
import { foreignType } from '../../event-log/foreign-type.ts'
import type { NewEvent, Position, RecordedEvent } from '../../ports/event-log.ts'
import type { StreamNames } from './streams/stream-names.ts'

const namespace = parse('3b1d9c1e-5d0f-5e6a-9b52-5f6c0f0f7a11')

/** The server wants a UUID: the same one for the same event of the same stream, so that a retry is recognised. */
const eventId = (stream: string, id: string): string => v5(Buffer.from(`${stream.length}:${stream}${id}`), namespace)

/** What the client gives of an event, as far as it is used here. */
export interface ServerEvent {
  readonly id: string
  readonly streamId: string
  readonly revision: bigint
  readonly type: string
  readonly data: unknown
  readonly metadata?: unknown
  readonly created: Date
  readonly position?: ServerPosition
}

interface Content {
  readonly data: object
  readonly body: string | null
}

type Metadata = Pick<NewEvent, 'id' | 'version' | 'at' | 'userId' | 'deviceId' | 'target'>

/** Data and body are one JSON object, so that the server's own tools can show them; the rest is metadata. */
export const toEventData = (stream: string, event: NewEvent): EventData => {
  const { id, type, version, at, userId, deviceId, data, body, target } = event
  const metadata: Metadata = { id, version, at, userId, deviceId, ...(target === undefined ? {} : { target }) }
  return jsonEvent({ id: eventId(stream, id), type, data: { data: JSON.parse(data), body }, metadata: { ...metadata } })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const isContent = (value: unknown): value is Content =>
  isObject(value) && isObject(value.data) && (value.body === null || typeof value.body === 'string')

const isMetadata = (value: unknown): value is Metadata =>
  isObject(value) &&
  typeof value.id === 'string' &&
  typeof value.version === 'number' &&
  typeof value.at === 'number' &&
  typeof value.userId === 'string' &&
  typeof value.deviceId === 'string' &&
  (value.target === undefined || typeof value.target === 'number')

const noPosition = 2n ** 63n

/** Where an event stands; undefined when the server does not say: in streams, only version 22.6 and later do. */
export const positionOf = ({ position }: Pick<ServerEvent, 'position'>): Position | undefined =>
  position === undefined || position.commit >= noPosition ? undefined : position.commit

type Place = Pick<RecordedEvent, 'stream' | 'revision' | 'position'>

/** It takes a number in its stream, so it is not passed over in silence; nothing of what it holds is passed on. */
const foreignEvent = (place: Place, { id, created }: ServerEvent): RecordedEvent => {
  const [type, at] = [foreignType, created.getTime()]
  return { ...place, id, type, version: 0, at, userId: '', deviceId: '', data: '{}', body: null }
}

/** The end of a stream stands beyond all revisions. */
const endOfStream = '$streamDeleted'

/**
 * Undefined for an event in a stream that is not of this log, and for the end of one that is. What another program
 * wrote is of `foreignType`.
 */
export const toRecordedEvent = (names: StreamNames, event: ServerEvent): RecordedEvent | undefined => {
  const { type, data: content, metadata } = event
  const stream = names.inLog(event.streamId)
  const position = positionOf(event)
  if (stream === undefined || position === undefined || type === endOfStream) return undefined
  const revision = Number(event.revision)
  if (!isMetadata(metadata) || !isContent(content)) return foreignEvent({ stream, revision, position }, event)
  const { id, version, at, userId, deviceId, target } = metadata
  const { body } = content
  const data = JSON.stringify(content.data)
  const recorded = { stream, revision, position, id, type, version, at, userId, deviceId, data, body }
  return target === undefined ? recorded : { ...recorded, target }
}
