import type { Actor } from '../ids.ts'

/**
 * Stream `user-<id>`: what a user's own devices must see happen to the account. Opaque ids and public keys only: names and everything else
 * that is personal live in the accounts database, where they can be erased.
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
    /** Left out where the identity key certified it. */
    readonly chain?: readonly Voucher[]
  }
>
/** The name itself is asked for: `GET /devices`. */
export type DeviceNamed = Event<'DeviceNamed', { readonly deviceId: string }>
export type DeviceRevoked = Event<'DeviceRevoked', { readonly deviceId: string }>
/** Another identity key. `signed`: by the one before; else the person has begun anew, and everybody else must accept it. */
export type IdentityChanged = Event<'IdentityChanged', { readonly identityKey: string; readonly signed: boolean }>
export type UserDeactivated = Event<'UserDeactivated', Nothing>
export type UserReactivated = Event<'UserReactivated', Nothing>
/** The last event of the stream. */
export type UserErased = Event<'UserErased', Nothing>

export type UserEvent =
  | DeviceAdded
  | DeviceNamed
  | DeviceRevoked
  | IdentityChanged
  | UserDeactivated
  | UserReactivated
  | UserErased
export type UserEventType = UserEvent['type']
