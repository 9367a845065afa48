import { z } from 'zod'
import { type EventType, eventTypes, hasBody } from '../domain/event-types.ts'
import { type Actor, deviceId as toDeviceId, userId as toUserId } from '../domain/ids.ts'
import type { NewEvent } from '../ports/event-log.ts'
import type { createEventFormat } from './event-format.ts'
import { deviceId } from './fields.ts'
import type { StoredEvent } from './undecodable-event.ts'
import { check, columns } from './validation.ts'

interface EventWithOptionalActor {
  readonly type: EventType
  readonly at: number
  readonly actor: Actor | null
  readonly data: object
}

/**
 * Encodes and decodes events that have no body, and that the server may make by itself. Both columns of the actor are
 * then empty.
 */
export const createOptionalActorCodec = <Event extends EventWithOptionalActor>(
  format: ReturnType<typeof createEventFormat>,
  schemas: Readonly<Record<Event['type'], z.ZodType>>,
) => ({
  /** The id is that of the stored notice, so an event that is written again after a crash has the same id. */
  encode: ({ type, at, actor, data }: Event, id: string): NewEvent => ({
    id,
    type,
    version: eventTypes[type].version,
    at,
    userId: actor?.userId ?? '',
    deviceId: actor?.deviceId ?? '',
    data: JSON.stringify(data),
    body: null,
  }),

  /** Returns the event in its newest version. Throws `UndecodableEvent`. `validate` as for conversations. */
  decode: (stored: StoredEvent, options?: { readonly validate?: boolean }): Event => {
    const { type, data }: { type: string; data: object } = format.decode(stored)
    const actor =
      stored.userId === '' ? null : { userId: toUserId(stored.userId), deviceId: toDeviceId(stored.deviceId) }
    const event = { type, at: stored.at, actor, data } as Event
    if (options?.validate === true) {
      check(schemas[event.type as Event['type']], event.data, stored)
      check(columns(actor === null ? z.literal('') : deviceId, hasBody(event.type), undefined), stored, stored)
    }
    return event
  },
})
