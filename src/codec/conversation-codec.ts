import type { AnswerEvent, ConversationEvent, ServerEvent } from '../domain/conversation/conversation-events.ts'
import { eventTypes, expiringTypes, hasBody, versionsIn } from '../domain/event-types.ts'
import { deviceId, userId } from '../domain/ids.ts'
import type { NewEvent } from '../ports/event-log.ts'
import { conversationSchemas } from './conversation-schemas.ts'
import { createEventFormat, type Upcaster, type UpcasterKey } from './event-format.ts'
import { userId as idField } from './fields.ts'
import type { StoredEvent } from './undecodable-event.ts'
import { check, columns } from './validation.ts'

/** Each entry comes with a recorded file of the version that it takes. Before version 2 nobody was asked. */
const conversationUpcasters: Readonly<Record<UpcasterKey, Upcaster>> = {
  'ConversationStarted.v1': (data) => ({ type: 'ConversationStarted', version: 2, data }),
  'MembersAdded.v1': (data) => ({ type: 'MembersAdded', version: 2, data }),
}

/** Conversation events as the log stores them: columns, `data` as JSON text without the body, and the body beside it. */
export const conversationFormat = createEventFormat(versionsIn('conversation'), conversationUpcasters)

/** Which command an event belongs to, and its place among that command's events, from 0. */
export interface EventPlace {
  readonly clientSeq: number
  readonly index: number
  /** Set where several processes may decide the same command: their results are different events. */
  readonly decision?: string | undefined
}

/** A reply refers to its message but has no `target` column, because it outlives the message's deletion. */
const targetColumns = (event: ConversationEvent): Pick<NewEvent, 'target' | 'blanksTarget' | 'blanksRange'> => {
  switch (event.type) {
    case 'MessageDeleted':
      return { target: event.data.target.revision, blanksTarget: true }
    case 'MessageEdited':
    case 'MessageReacted':
      return { target: event.data.target.revision }
    case 'MessagesExpired': {
      const { from, upTo } = event.data
      return { blanksRange: { from, upTo, types: expiringTypes } }
    }
    default:
      return {}
  }
}

const encode = (event: ConversationEvent, body: string | null, id: string): NewEvent => ({
  id,
  type: event.type,
  version: eventTypes[event.type].version,
  at: event.at,
  userId: event.actor.userId,
  deviceId: event.actor.deviceId,
  data: JSON.stringify(event.data),
  body: hasBody(event.type) ? body : null,
  ...targetColumns(event),
})

/**
 * An event that the server makes by itself: its id must be unique in the stream, and the same when the event is
 * made again.
 */
export const encodeServerEvent = (event: ServerEvent | AnswerEvent, id: string): NewEvent => encode(event, null, id)

const idOf = ({ actor }: ConversationEvent, { clientSeq, index, decision }: EventPlace): string => {
  const id = `${actor.userId}/${actor.deviceId}/${clientSeq}/${index}`
  return decision === undefined ? id : `${id}/${decision}`
}

/**
 * One event of a command. Its id is `<userId>/<deviceId>/<clientSeq>/<index>`, followed by `/<decision>` if there
 * is one, so a retried append has the same ids. `body` is stored only with events that have one.
 */
export const encodeConversationEvent = (event: ConversationEvent, body: string | null, place: EventPlace): NewEvent =>
  encode(event, body, idOf(event, place))

/** All events of one accepted command, one of which carries its `clientSeq`; throws a RangeError if none does. */
export const encodeConversationEvents = (
  events: readonly ConversationEvent[],
  body: string | null,
  decision?: string,
): readonly NewEvent[] => {
  const clientSeq = events.find(({ data }) => data.clientSeq !== undefined)?.data.clientSeq
  if (clientSeq === undefined) throw new RangeError('no event of the command carries its clientSeq')
  return events.map((event, index) => encodeConversationEvent(event, body, { clientSeq, index, decision }))
}

const validate = (stored: StoredEvent, event: ConversationEvent): void => {
  check(conversationSchemas[event.type], event.data, stored)
  check(columns(idField, hasBody(event.type), targetColumns(event).target), stored, stored)
}

/**
 * The event in its newest version. Throws `UndecodableEvent`. With `validate` every column is checked against the
 * schemas (for imports and tests). Without it, a log that only this program writes is trusted, which a fast replay
 * needs.
 */
export const decodeConversationEvent = (
  stored: StoredEvent,
  options?: { readonly validate?: boolean },
): ConversationEvent => {
  const { type, data }: { type: string; data: object } = conversationFormat.decode(stored)
  const actor = { userId: userId(stored.userId), deviceId: deviceId(stored.deviceId) }
  const event = { type, at: stored.at, actor, data } as ConversationEvent
  if (options?.validate === true) validate(stored, event)
  return event
}
