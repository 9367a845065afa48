import type { DeviceCredential } from '../../protocol/device-credential.ts'

/** What this device knows about a user's identity. A value: store it as JSON. */
export interface Pin {
  /** Base64. The first one seen, or the one that a person confirmed since. */
  readonly identityKey: string
  /** A person has compared safety numbers for this key. */
  readonly verified: boolean
  /** The user's devices that were seen so far. */
  readonly devices: readonly string[]
  /** Another key that was offered since and is not trusted. */
  readonly offered?: string
}

export type Pins = ReadonlyMap<string, Pin>

/** To be shown to people: a server that adds a device cannot do it in silence. */
export type TrustNotice =
  | { readonly type: 'user_seen'; readonly userId: string; readonly deviceId: string }
  | { readonly type: 'device_added'; readonly userId: string; readonly deviceId: string; readonly verified: boolean }
  | { readonly type: 'identity_changed'; readonly userId: string; readonly verified: boolean }

export interface PinChange {
  readonly pins: Pins
  readonly notices: readonly TrustNotice[]
}

const withPin = (pins: Pins, userId: string, pin: Pin): Pins => new Map(pins).set(userId, pin)

const firstSight = (pins: Pins, { userId, deviceId, identityKey }: DeviceCredential): PinChange => ({
  pins: withPin(pins, userId, { identityKey, verified: false, devices: [deviceId] }),
  notices: [{ type: 'user_seen', userId, deviceId }],
})

const newDevice = (pins: Pins, pin: Pin, { userId, deviceId }: DeviceCredential): PinChange => ({
  pins: withPin(pins, userId, { ...pin, devices: [...pin.devices, deviceId] }),
  notices: [{ type: 'device_added', userId, deviceId, verified: pin.verified }],
})

/** Notes a key that differs from the pinned one. It stays untrusted until `confirmIdentity`; the same offer is noticed once. */
export const noteOffer = (pins: Pins, userId: string, identityKey: string): PinChange => {
  const pin = pins.get(userId)
  if (pin === undefined || pin.identityKey === identityKey || pin.offered === identityKey) return { pins, notices: [] }
  return {
    pins: withPin(pins, userId, { ...pin, offered: identityKey }),
    notices: [{ type: 'identity_changed', userId, verified: pin.verified }],
  }
}

const noteOne = (pins: Pins, seen: DeviceCredential): PinChange => {
  const pin = pins.get(seen.userId)
  if (pin === undefined) return firstSight(pins, seen)
  if (pin.identityKey !== seen.identityKey) return noteOffer(pins, seen.userId, seen.identityKey)
  return pin.devices.includes(seen.deviceId) ? { pins, notices: [] } : newDevice(pins, pin, seen)
}

/**
 * Trust on first use: pins new users and notes new devices. Call it with what an operation saw, after it has succeeded. A user who is
 * seen for the first time with several devices is one notice.
 */
export const noteSeen = (pins: Pins, seen: readonly DeviceCredential[]): PinChange =>
  seen.reduce<PinChange>(
    (change, credential) => {
      const next = noteOne(change.pins, credential)
      const news = next.notices.filter(({ type, userId }) => type !== 'device_added' || pins.has(userId))
      return { pins: next.pins, notices: [...change.notices, ...news] }
    },
    { pins, notices: [] },
  )

/** A person accepts the user's new identity key; his old devices count no more. `verified`: he compared safety numbers. */
export const confirmIdentity = (pins: Pins, userId: string, identityKey: string, verified: boolean): Pins => {
  const pin = pins.get(userId)
  const devices = pin?.identityKey === identityKey ? pin.devices : []
  return withPin(pins, userId, { identityKey, verified, devices })
}

/** May this identity key speak for the user? An unknown user's may, and is pinned by what follows. */
export const trusts = (pins: Pins, { userId, identityKey }: DeviceCredential): boolean => {
  const pin = pins.get(userId)
  return pin === undefined || pin.identityKey === identityKey
}
