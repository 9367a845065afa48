import { z } from 'zod'
import type { AuditEvent, AuditEventType } from '../domain/audit/audit-events.ts'
import { versionsIn } from '../domain/event-types.ts'
import { createEventFormat } from './event-format.ts'
import { deviceId, milliseconds, opaqueText, userId } from './fields.ts'
import { createOptionalActorCodec } from './optional-actor-codec.ts'

export const auditFormat = createEventFormat(versionsIn('audit'))

const word = opaqueText.min(1)

const auditSchemas = {
  AdminActed: z.strictObject({
    act: word,
    userId: userId.optional(),
    deviceId: deviceId.optional(),
    conversationId: word.optional(),
    roles: z.array(word).optional(),
    until: milliseconds.optional(),
    views: z.array(word).optional(),
    stream: word.optional(),
    process: word.optional(),
    reportId: word.optional(),
    outcome: word.optional(),
    reason: word.optional(),
  }),
} as const satisfies Record<AuditEventType, z.ZodType>

const codec = createOptionalActorCodec<AuditEvent>(auditFormat, auditSchemas)

export const encodeAuditEvent = codec.encode
export const decodeAuditEvent = codec.decode
