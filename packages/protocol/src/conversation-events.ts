import { z } from 'zod'
import { signedDeparture } from './departure.ts'
import { posting } from './posting.ts'
import { role } from './role.ts'
import type { WireEvent } from './server-frames.ts'
import { actProof } from './signed-act.ts'

/**
 * The data of the events of a conversation, as they come over the wire [C5]. Additions by a newer server are not
 * errors; what an older one wrote may lack the optional fields.
 */
const revision = z.int().min(0)
const clientSeq = z.int().min(0).optional()
const device = z.object({ userId: z.string(), deviceId: z.string() })
const blob = z.object({ hash: z.string() }).nullable()
const leaf = z.object({ userId: z.string(), deviceId: z.string() })
const member = z.object({ userId: z.string(), role: role.optional() })

/** Another message of the same conversation: its id, the revision of its event and its message number. */
export const target = z.object({ messageId: z.string(), revision, seq: z.int().min(0) })

const body = {
  /** Null where it was deleted or has expired. */
  ciphertext: z.string().nullable().optional(),
  contentType: z.string().optional(),
  /** The sender's clock, for display only. */
  sentAt: z.number().optional(),
}
const numbered = { messageId: z.string(), clientSeq }
const media = { mediaIds: z.array(z.string()).optional() }

const departure = z.object({
  userId: z.string(),
  lastSeq: z.int().min(0).optional(),
  signed: z.object(signedDeparture).optional(),
  clientSeq,
})

export const conversationEventData = {
  /** The only event that takes a `seq`, its number in the conversation, from 1. */
  MessageSent: z.object({ ...numbered, seq: z.int().min(1), replyTo: target.optional(), ...body, ...media }),
  MessageEdited: z.object({ ...numbered, target, ...body, ...media }),
  MessageDeleted: z.object({ ...numbered, target }),
  MessageReacted: z.object({ ...numbered, target, ...body }),
  /** What devices tell each other: not for people. */
  ControlSent: z.object({ ...numbered, ...body }),
  ConversationStarted: z.object({
    kind: z.enum(['direct', 'group']).optional(),
    /** Sealed, base64 [E6]. */
    name: z.string().optional(),
    description: z.string().optional(),
    members: z.array(member),
    invited: z.array(z.string()).optional(),
    clientSeq,
  }),
  ConversationRenamed: z.object({ name: z.string(), clientSeq }),
  ConversationDescribed: z.object({ description: z.string(), clientSeq }),
  /** Null keeps messages for ever. */
  RetentionChanged: z.object({ seconds: z.int().nullable(), clientSeq }),
  PostingChanged: z.object({ posting, clientSeq }),
  MembersAdded: z.object({
    members: z.array(member),
    lastSeq: z.int().min(0).optional(),
    invited: z.array(z.string()).optional(),
    clientSeq,
  }),
  InvitationAccepted: z.object({ userId: z.string() }),
  MemberRemoved: departure,
  MemberLeft: departure,
  RoleChanged: z.object({ userId: z.string(), role, clientSeq }),
  GroupCommitted: z.object({
    generation: z.int(),
    /** The epoch that begins. */
    epoch: z.int(),
    external: z.boolean(),
    added: z.array(leaf),
    removed: z.array(leaf).optional(),
    commit: blob,
    welcome: blob,
    /** The commit, unless it is a blob or there is none. */
    ciphertext: z.string().nullable().optional(),
    clientSeq,
  }),
  DeviceRemovalAsked: device,
  GroupReset: z.object({ generation: z.int(), proof: actProof.optional(), clientSeq }),
  /** Messages up to revision `upTo` have expired for ever. */
  MessagesExpired: z.object({ upTo: z.int() }),
  /** An owner has deleted the group: everybody is out, and its messages are no longer served. */
  ConversationDeleted: z.object({
    members: z.array(z.string()),
    lastSeq: z.int().min(0).optional(),
    signed: z.object(signedDeparture).optional(),
    clientSeq,
  }),
  /** An admin has closed the group, and nobody can write there any more. Its actor is not a user. */
  ConversationClosed: z.object({}),
} as const

type Data = typeof conversationEventData
export type ConversationEventType = keyof Data

/** One event of a conversation whose data matches its type. */
export type ConversationEvent<Type extends ConversationEventType = ConversationEventType> = {
  [One in Type]: Omit<WireEvent, 'type' | 'data'> & { readonly type: One; readonly data: Readonly<z.output<Data[One]>> }
}[Type]

export type EventTarget = z.output<typeof target>

export const isConversationEventType = (type: string): type is ConversationEventType =>
  Object.hasOwn(conversationEventData, type)

/** What is wrong with an event of a known type: the path of the field; undefined when nothing is. */
export const faultOf = (event: WireEvent): string | undefined => {
  if (!isConversationEventType(event.type)) return undefined
  const issue = conversationEventData[event.type].safeParse(event.data).error?.issues[0]
  return issue === undefined ? undefined : issue.path.join('.')
}

/** Whether the event is of one of these types, and its data matches the type. */
export const isConversationEvent = (event: WireEvent): event is WireEvent & ConversationEvent =>
  isConversationEventType(event.type) && faultOf(event) === undefined
