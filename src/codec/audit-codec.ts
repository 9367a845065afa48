import { z } from 'zod'
import type { AuditEvent, AuditEventType } from '../domain/audit/audit-events.ts'
import { eventTypes, hasBody, versionsIn } from '../domain/event-types.ts'
import { deviceId as toDeviceId, userId as toUserId } from '../domain/ids.ts'
import type { NewEvent } from '../ports/event-log.ts'
import { createEventFormat } from './event-format.ts'
import { deviceId, milliseconds, opaqueText, userId } from './fields.ts'
import type { StoredEvent } from './undecodable-event.ts'
import { check, columns } from './validation.ts'

export const auditFormat = createEventFormat(versionsIn('audit'))

const word = opaqueText.min(1)

const auditSchemas = {
  AdminActed: z.strictObject({
    act: word,
    userId: userId.optional(),
    deviceId: deviceId.optional(),
    roles: z.array(word).optional(),
    until: milliseconds.optional(),
    views: z.array(word).optional(),
    stream: word.optional(),
    process: word.optional(),
    reason: word.optional(),
  }),
} as const satisfies Record<AuditEventType, z.ZodType>

/** `id` is the id of the act. Without an actor both columns are empty. */
export const encodeAuditEvent = (event: AuditEvent, id: string): NewEvent => ({
  id,
  type: event.type,
  version: eventTypes[event.type].version,
  at: event.at,
  userId: event.actor?.userId ?? '',
  deviceId: event.actor?.deviceId ?? '',
  data: JSON.stringify(event.data),
  body: null,
})

/** Returns the event in its newest version. Throws `UndecodableEvent`. `validate` works as for conversations. */
export const decodeAuditEvent = (stored: StoredEvent, options?: { readonly validate?: boolean }): AuditEvent => {
  const { type, data }: { type: string; data: object } = auditFormat.decode(stored)
  const actor = stored.userId === '' ? null : { userId: toUserId(stored.userId), deviceId: toDeviceId(stored.deviceId) }
  const event = { type, at: stored.at, actor, data } as AuditEvent
  if (options?.validate === true) {
    check(auditSchemas[event.type], event.data, stored)
    check(columns(actor === null ? z.literal('') : deviceId, hasBody(event.type), undefined), stored, stored)
  }
  return event
}
