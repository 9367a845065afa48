import type { AuditEventType } from './audit/audit-events.ts'
import type { ConversationEventType } from './conversation/conversation-events.ts'
import type { ReceiptsEventType } from './receipts/receipts-events.ts'
import type { StreamKind } from './stream-names.ts'
import type { UserEventType } from './user/user-events.ts'

/**
 * The body that is stored beside an event's data:
 * - `none`: nothing.
 * - `kept`: a ciphertext that is never deleted, because a device needs all commits and control messages to reach the
 *   present epoch.
 * - `expiring`: the ciphertext of a message, edit or reaction. It goes with a deletion or expiry, is withheld from
 *   then on, and is sealed once more, under keys that are destroyed, where the log cannot blank.
 */
export type EventBody = 'none' | 'kept' | 'expiring'

interface EventTypeOf<Kind extends StreamKind> {
  readonly stream: Kind
  /** The newest. Logs hold every one since 1. */
  readonly version: number
  readonly body: EventBody
}

export type EventType = ConversationEventType | ReceiptsEventType | UserEventType | AuditEventType

type Catalogue = { readonly [Type in ConversationEventType]: EventTypeOf<'conversation'> } & {
  readonly [Type in ReceiptsEventType]: EventTypeOf<'receipts'>
} & { readonly [Type in UserEventType]: EventTypeOf<'user'> } & {
  readonly [Type in AuditEventType]: EventTypeOf<'audit'>
}

/**
 * The one catalogue of event types. Encoding, serving, redaction, expiry and sealing derive from it: a type that does
 * not say whether it has a body does not compile.
 */
export const eventTypes = {
  ConversationStarted: { stream: 'conversation', version: 2, body: 'none' },
  MembersAdded: { stream: 'conversation', version: 2, body: 'none' },
  InvitationAccepted: { stream: 'conversation', version: 1, body: 'none' },
  MemberRemoved: { stream: 'conversation', version: 1, body: 'none' },
  MemberLeft: { stream: 'conversation', version: 1, body: 'none' },
  RoleChanged: { stream: 'conversation', version: 1, body: 'none' },
  ConversationRenamed: { stream: 'conversation', version: 1, body: 'none' },
  ConversationDescribed: { stream: 'conversation', version: 1, body: 'none' },
  RetentionChanged: { stream: 'conversation', version: 1, body: 'none' },
  PostingChanged: { stream: 'conversation', version: 1, body: 'none' },
  MessageSent: { stream: 'conversation', version: 1, body: 'expiring' },
  MessageEdited: { stream: 'conversation', version: 1, body: 'expiring' },
  MessageDeleted: { stream: 'conversation', version: 1, body: 'none' },
  MessageReacted: { stream: 'conversation', version: 1, body: 'expiring' },
  ControlSent: { stream: 'conversation', version: 1, body: 'kept' },
  GroupCommitted: { stream: 'conversation', version: 1, body: 'kept' },
  DeviceRemovalAsked: { stream: 'conversation', version: 1, body: 'none' },
  GroupReset: { stream: 'conversation', version: 1, body: 'none' },
  MessagesExpired: { stream: 'conversation', version: 1, body: 'none' },
  ConversationDeleted: { stream: 'conversation', version: 1, body: 'none' },
  ConversationClosed: { stream: 'conversation', version: 1, body: 'none' },

  ReceiptsAdvanced: { stream: 'receipts', version: 1, body: 'none' },
  WelcomeAcknowledged: { stream: 'receipts', version: 1, body: 'none' },

  DeviceAdded: { stream: 'user', version: 2, body: 'none' },
  DeviceNamed: { stream: 'user', version: 1, body: 'none' },
  ApprovalRequested: { stream: 'user', version: 1, body: 'none' },
  ApprovalRefused: { stream: 'user', version: 1, body: 'none' },
  DeviceRevoked: { stream: 'user', version: 1, body: 'none' },
  IdentityChanged: { stream: 'user', version: 1, body: 'none' },
  UserDeactivated: { stream: 'user', version: 1, body: 'none' },
  UserReactivated: { stream: 'user', version: 1, body: 'none' },
  UserErased: { stream: 'user', version: 1, body: 'none' },
  ConsentChanged: { stream: 'user', version: 1, body: 'none' },
  UserBlocked: { stream: 'user', version: 1, body: 'none' },
  UserUnblocked: { stream: 'user', version: 1, body: 'none' },
  ConversationRequested: { stream: 'user', version: 1, body: 'none' },
  RequestSettled: { stream: 'user', version: 1, body: 'none' },
  ConversationMarked: { stream: 'user', version: 1, body: 'none' },
  MessageStarred: { stream: 'user', version: 1, body: 'none' },
  MessageUnstarred: { stream: 'user', version: 1, body: 'none' },

  AdminActed: { stream: 'audit', version: 1, body: 'none' },
} as const satisfies Catalogue

const all = Object.entries(eventTypes) as readonly (readonly [EventType, EventTypeOf<StreamKind>])[]
const typesWhere = (isMeant: (facts: EventTypeOf<StreamKind>) => boolean): readonly EventType[] =>
  all.flatMap(([type, facts]) => (isMeant(facts) ? [type] : []))

/** The newest version of each type of one kind of stream. */
export const versionsIn = (stream: StreamKind): Readonly<Record<string, number>> =>
  Object.fromEntries(typesWhere((facts) => facts.stream === stream).map((type) => [type, eventTypes[type].version]))

const withBody: ReadonlySet<string> = new Set(typesWhere(({ body }) => body !== 'none'))
/** False for a type that is not known here. */
export const hasBody = (type: string): boolean => withBody.has(type)

/** In the order of the catalogue, which stands in recorded events. */
export const expiringTypes = typesWhere(({ body }) => body === 'expiring')
const expiring: ReadonlySet<string> = new Set(expiringTypes)
/** Whether the body goes with a deletion or expiry; false for a type that is not known here. */
export const isExpiring = (type: string): boolean => expiring.has(type)
