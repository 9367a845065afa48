import type { Actor } from '../ids.ts'

/**
 * Stream `user-<id>`: what a user's own devices must see happen to the account, and what the user wants of others.
 * Opaque ids and public keys only: names and everything else that is personal live in the accounts database, where
 * they can be erased.
 */
interface Event<Type extends string, Data> {
  readonly type: Type
  readonly at: number
  /** The device that asked for it; null when it was an admin or the server. */
  readonly actor: Actor | null
  readonly data: Data
}

/** A device that vouches for another. */
export interface Voucher {
  readonly deviceId: string
  readonly signatureKey: string
  readonly certificate: string
}

type Nothing = Readonly<Record<never, never>>

/** Visible on purpose: a device that nobody expected is an attack. */
export type DeviceAdded = Event<
  'DeviceAdded',
  {
    readonly deviceId: string
    readonly signatureKey: string
    readonly identityKey: string
    readonly certificate: string
    /** Absent if the identity key certified the device itself. */
    readonly chain?: readonly Voucher[]
  }
>
/** The event does not hold the name: `GET /devices` gives it. */
export type DeviceNamed = Event<'DeviceNamed', { readonly deviceId: string }>
/**
 * A device that is not the user's own yet asks to be let in, and may be answered until `expiresAt`. `DeviceAdded` says
 * that it was.
 */
export type ApprovalRequested = Event<
  'ApprovalRequested',
  { readonly deviceId: string; readonly pairingId: string; readonly expiresAt: number }
>
/** The request is no longer answered. */
export type ApprovalRefused = Event<'ApprovalRefused', { readonly deviceId: string; readonly pairingId: string }>
export type DeviceRevoked = Event<'DeviceRevoked', { readonly deviceId: string }>
/**
 * Another identity key. `signed`: by the key before; absent if the user has begun anew, and everybody else must
 * accept the new key.
 */
export type IdentityChanged = Event<'IdentityChanged', { readonly identityKey: string; readonly signed: boolean }>
export type UserDeactivated = Event<'UserDeactivated', Nothing>
export type UserReactivated = Event<'UserReactivated', Nothing>
/** The last event of the stream. */
export type UserErased = Event<'UserErased', Nothing>

/** `known`: users with whom the user shares a conversation. All others ask. */
export type Openness = 'everyone' | 'known' | 'nobody'
/** `withdrawn`: the conversation has ended for the user without an answer. */
export type RequestOutcome = 'accepted' | 'declined' | 'withdrawn'

/** Both settings, as they are from now on; undefined: as the operator has set it. */
export type ConsentChanged = Event<'ConsentChanged', { readonly direct?: Openness; readonly groups?: Openness }>
/** Other users are not told. */
export type UserBlocked = Event<'UserBlocked', { readonly userId: string }>
export type UserUnblocked = Event<'UserUnblocked', { readonly userId: string }>
/** Another user has added this user to a conversation. Nothing of it arrives before it is accepted. */
export type ConversationRequested = Event<
  'ConversationRequested',
  { readonly conversationId: string; readonly kind: 'direct' | 'group'; readonly by: string }
>
export type RequestSettled = Event<
  'RequestSettled',
  { readonly conversationId: string; readonly outcome: RequestOutcome }
>

/** What a user changes about the marks of a conversation. A field that is absent stays as it is. */
export interface MarkChange {
  /** Null: not muted. */
  readonly mutedUntil?: number | 'forever' | null
  readonly pinned?: boolean
  /** The number of the newest message that the user has seen; null: not archived. */
  readonly archivedUpTo?: number | null
  readonly unread?: boolean
}
/** The user has muted, pinned, archived or marked a conversation as unread, or taken that back. */
export type ConversationMarked = Event<'ConversationMarked', { readonly conversationId: string } & MarkChange>

/** `seq`: the message's number, by which devices find it. */
export type MessageStarred = Event<
  'MessageStarred',
  { readonly conversationId: string; readonly messageId: string; readonly seq: number }
>
export type MessageUnstarred = Event<
  'MessageUnstarred',
  { readonly conversationId: string; readonly messageId: string }
>

export type UserEvent =
  | DeviceAdded
  | DeviceNamed
  | ApprovalRequested
  | ApprovalRefused
  | DeviceRevoked
  | IdentityChanged
  | UserDeactivated
  | UserReactivated
  | UserErased
  | ConsentChanged
  | UserBlocked
  | UserUnblocked
  | ConversationRequested
  | RequestSettled
  | ConversationMarked
  | MessageStarred
  | MessageUnstarred
export type UserEventType = UserEvent['type']
