import { z } from 'zod'
import { eventTypes, hasBody, versionsIn } from '../domain/event-types.ts'
import type { ReceiptsEvent, ReceiptsEventType } from '../domain/receipts/receipts-events.ts'
import type { NewEvent } from '../ports/event-log.ts'
import { createEventFormat } from './event-format.ts'
import { deviceId, revision, seq, userId } from './fields.ts'
import type { StoredEvent } from './undecodable-event.ts'
import { check, columns } from './validation.ts'

export const receiptsFormat = createEventFormat(versionsIn('receipts'))

const watermark = z
  .strictObject({
    userId,
    deviceId,
    delivered: seq.optional(),
    read: seq.optional(),
    audience: z.literal('self').optional(),
  })
  .refine(({ delivered, read }) => delivered !== undefined || read !== undefined, 'must name what moved')

const receiptsSchemas = {
  ReceiptsAdvanced: z.strictObject({ entries: z.array(watermark).min(1) }),
  WelcomeAcknowledged: z.strictObject({ userId, deviceId, revision }),
} as const satisfies Record<ReceiptsEventType, z.ZodType>

/**
 * The server itself is the actor, so `userId` and `deviceId` are empty. `id` must be unique in the stream and new
 * for every decision: two servers that decide on the same revision must not look like one that retries.
 */
export const encodeReceiptsEvent = (event: ReceiptsEvent, id: string): NewEvent => ({
  id,
  type: event.type,
  version: eventTypes[event.type].version,
  at: event.at,
  userId: '',
  deviceId: '',
  data: JSON.stringify(event.data),
  body: null,
})

/** The event in its newest version. Throws `UndecodableEvent`. `validate` as for conversations. */
export const decodeReceiptsEvent = (stored: StoredEvent, options?: { readonly validate?: boolean }): ReceiptsEvent => {
  const { type, data } = receiptsFormat.decode(stored)
  const event = { type, at: stored.at, data } as ReceiptsEvent
  if (options?.validate === true) {
    check(receiptsSchemas[event.type], event.data, stored)
    check(columns(z.literal(''), hasBody(event.type), undefined), stored, stored)
  }
  return event
}
