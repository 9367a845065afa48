import { z } from 'zod'
import { eventTypes, hasBody, versionsIn } from '../domain/event-types.ts'
import { deviceId as toDeviceId, userId as toUserId } from '../domain/ids.ts'
import type { UserEvent, UserEventType } from '../domain/user/user-events.ts'
import type { NewEvent } from '../ports/event-log.ts'
import { createEventFormat } from './event-format.ts'
import { deviceId, opaqueText, userId } from './fields.ts'
import type { StoredEvent } from './undecodable-event.ts'
import { check, columns } from './validation.ts'

/** Version 1 knew no devices that vouch for others. */
export const userFormat = createEventFormat(versionsIn('user'), {
  'DeviceAdded.v1': (data) => ({ type: 'DeviceAdded', version: 2, data }),
})

const key = opaqueText.min(1)
const voucher = z.strictObject({ deviceId, signatureKey: key, certificate: key })
const named = z.strictObject({ deviceId })
const nothing = z.strictObject({})
const openness = z.enum(['everyone', 'known', 'nobody']).optional()

const userSchemas = {
  DeviceAdded: z.strictObject({
    deviceId,
    signatureKey: key,
    identityKey: key,
    certificate: key,
    chain: z.array(voucher).min(1).optional(),
  }),
  DeviceNamed: named,
  ApprovalRequested: named.extend({ pairingId: opaqueText.min(1), expiresAt: z.int().min(0) }),
  ApprovalRefused: named.extend({ pairingId: opaqueText.min(1) }),
  DeviceRevoked: named,
  IdentityChanged: z.strictObject({ identityKey: key, signed: z.boolean() }),
  UserDeactivated: nothing,
  UserReactivated: nothing,
  UserErased: nothing,
  ConsentChanged: z.strictObject({ direct: openness, groups: openness }),
  UserBlocked: z.strictObject({ userId }),
  UserUnblocked: z.strictObject({ userId }),
  ConversationRequested: z.strictObject({ conversationId: opaqueText, kind: z.enum(['direct', 'group']), by: userId }),
  RequestSettled: z.strictObject({
    conversationId: opaqueText,
    outcome: z.enum(['accepted', 'declined', 'withdrawn']),
  }),
} as const satisfies Record<UserEventType, z.ZodType>

/**
 * `id` is the notice's id, so a notice that is told again after a crash has the same. Without an actor both columns
 * are empty.
 */
export const encodeUserEvent = (event: UserEvent, id: string): NewEvent => ({
  id,
  type: event.type,
  version: eventTypes[event.type].version,
  at: event.at,
  userId: event.actor?.userId ?? '',
  deviceId: event.actor?.deviceId ?? '',
  data: JSON.stringify(event.data),
  body: null,
})

/** The event in its newest version. Throws `UndecodableEvent`. `validate` as for conversations. */
export const decodeUserEvent = (stored: StoredEvent, options?: { readonly validate?: boolean }): UserEvent => {
  const { type, data }: { type: string; data: object } = userFormat.decode(stored)
  const actor = stored.userId === '' ? null : { userId: toUserId(stored.userId), deviceId: toDeviceId(stored.deviceId) }
  const event = { type, at: stored.at, actor, data } as UserEvent
  if (options?.validate === true) {
    check(userSchemas[event.type], event.data, stored)
    check(columns(actor === null ? z.literal('') : deviceId, hasBody(event.type), undefined), stored, stored)
  }
  return event
}
