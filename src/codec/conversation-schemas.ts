import { z } from 'zod'
import type { ConversationEventType } from '../domain/conversation/conversation-events.ts'
import { blobHash } from '../domain/conversation/groups/blob-hash.ts'
import { clientSeq, deviceId, messageId, milliseconds, opaqueText, revision, seq, userId } from './fields.ts'

/** The data of every conversation event in its current version: what validation of an import or a test demands. */
const role = z.enum(['owner', 'admin', 'member'])
const member = z.strictObject({ userId, role })
const target = z.strictObject({ messageId, revision, seq })
const numbered = { clientSeq: clientSeq.optional() }
/** A message number, or 0 before the first. */
const lastSeq = z.int().min(0)
const contentType = opaqueText.optional()
const mediaIds = z.array(opaqueText).optional()
const sentAt = milliseconds.optional()
const blob = z.strictObject({ hash: z.string().regex(blobHash), size: z.int().min(0) })
const groupLeaf = z.strictObject({ userId, deviceId, leaf: z.int().min(0) })
const proof = z.strictObject({ credential: opaqueText, signatureKey: opaqueText, signature: opaqueText })
const signed = z.strictObject({ generation: z.int().min(0), epoch: z.int().min(0), proof })
const departure = z.strictObject({ userId, lastSeq, signed: signed.optional(), ...numbered })

/** Absent where nobody is asked. */
const invited = z.array(userId).min(1).optional()

export const conversationSchemas = {
  ConversationStarted: z.strictObject({
    kind: z.enum(['direct', 'group']),
    name: opaqueText.optional(),
    description: opaqueText.optional(),
    members: z.array(member).min(1),
    invited,
    ...numbered,
  }),
  MembersAdded: z.strictObject({ members: z.array(member).min(1), invited, lastSeq, ...numbered }),
  InvitationAccepted: z.strictObject({ userId }),
  MemberRemoved: departure,
  MemberLeft: departure,
  RoleChanged: z.strictObject({ userId, role, ...numbered }),
  ConversationRenamed: z.strictObject({ name: opaqueText, ...numbered }),
  ConversationDescribed: z.strictObject({ description: opaqueText, ...numbered }),
  RetentionChanged: z.strictObject({ seconds: z.int().min(1).nullable(), ...numbered }),
  PostingChanged: z.strictObject({ posting: z.enum(['everyone', 'admins']), ...numbered }),
  MessageSent: z.strictObject({
    messageId,
    seq,
    contentType,
    replyTo: target.optional(),
    mediaIds,
    sentAt,
    ...numbered,
  }),
  MessageEdited: z.strictObject({ messageId, target, contentType, mediaIds, sentAt, ...numbered }),
  MessageDeleted: z.strictObject({ messageId, target, ...numbered }),
  MessageReacted: z.strictObject({ messageId, target, contentType, sentAt, ...numbered }),
  ControlSent: z.strictObject({ messageId, sentAt, ...numbered }),
  GroupCommitted: z.strictObject({
    generation: z.int().min(0),
    epoch: z.int().min(0),
    external: z.boolean(),
    added: z.array(groupLeaf),
    removed: z.array(groupLeaf),
    commit: blob.nullable(),
    welcome: blob.nullable(),
    groupInfo: blob,
    ...numbered,
  }),
  DeviceRemovalAsked: z.strictObject({ userId, deviceId }),
  MessagesExpired: z.strictObject({ from: revision, upTo: revision, lastSeq, since: milliseconds }),
  ConversationDeleted: z.strictObject({
    members: z.array(userId).min(1),
    invited,
    lastSeq,
    signed: signed.optional(),
    ...numbered,
  }),
  ConversationClosed: z.strictObject({}),
  GroupReset: z.strictObject({ generation: z.int().min(1), proof: proof.optional(), ...numbered }),
} as const satisfies Record<ConversationEventType, z.ZodType>
