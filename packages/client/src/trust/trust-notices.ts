import type { Pin, Pins } from './identity-pins.ts'

/** Shown to people: a server that adds a device cannot do so silently. */
export type TrustNotice =
  | { readonly type: 'user_seen'; readonly userId: string; readonly deviceId: string }
  | { readonly type: 'device_added'; readonly userId: string; readonly deviceId: string; readonly verified: boolean }
  | { readonly type: 'devices_revoked'; readonly userId: string; readonly devices: readonly string[] }
  | IdentityChanged

export interface IdentityChanged {
  readonly type: 'identity_changed'
  readonly userId: string
  /** A person had compared safety numbers for the previous key. */
  readonly verified: boolean
  readonly identityKey: string
  readonly offered: string
  /** The previous key has signed that this one follows it. */
  readonly signed: boolean
  /** The new key is trusted already. Otherwise nothing is sent until a person accepts it. */
  readonly followed: boolean
}

export interface PinChange {
  readonly pins: Pins
  readonly notices: readonly TrustNotice[]
}

/** `offered` is another key than the pinned one. */
export const identityChanged = (
  userId: string,
  { verified, identityKey }: Pin,
  offered: string,
  how: Pick<IdentityChanged, 'signed' | 'followed'>,
): TrustNotice => ({ type: 'identity_changed', userId, verified, identityKey, offered, ...how })
