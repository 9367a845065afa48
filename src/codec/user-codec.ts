import { z } from 'zod'
import { versionsIn } from '../domain/event-types.ts'
import type { UserEvent, UserEventType } from '../domain/user/user-events.ts'
import { createEventFormat } from './event-format.ts'
import { deviceId, opaqueText, userId } from './fields.ts'
import { createOptionalActorCodec } from './optional-actor-codec.ts'

/** Version 1 knew no devices that vouch for others. */
export const userFormat = createEventFormat(versionsIn('user'), {
  'DeviceAdded.v1': (data) => ({ type: 'DeviceAdded', version: 2, data }),
})

const key = opaqueText.min(1)
const voucher = z.strictObject({ deviceId, signatureKey: key, certificate: key })
const named = z.strictObject({ deviceId })
const starred = z.strictObject({ conversationId: opaqueText, messageId: opaqueText })
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
  ConversationMarked: z.strictObject({
    conversationId: opaqueText,
    mutedUntil: z.union([z.int().min(1), z.literal('forever'), z.null()]).exactOptional(),
    pinned: z.boolean().exactOptional(),
    archivedUpTo: z.int().min(0).nullable().exactOptional(),
    unread: z.boolean().exactOptional(),
  }),
  MessageStarred: starred.extend({ seq: z.int().min(1) }),
  MessageUnstarred: starred,
} as const satisfies Record<UserEventType, z.ZodType>

const codec = createOptionalActorCodec<UserEvent>(userFormat, userSchemas)

export const encodeUserEvent = codec.encode
export const decodeUserEvent = codec.decode
