import { type Pins, withPin } from './identity-pins.ts'
import { heirOf, isPredecessor } from './identity-succession.ts'
import { identityChanged, type PinChange } from './trust-notices.ts'

/**
 * Records a key that differs from the pinned one. It stays untrusted until a person accepts it; the same offer is
 * reported once.
 */
export const noteOffer = (pins: Pins, userId: string, identityKey: string): PinChange => {
  const pin = pins.get(userId)
  const isKnown =
    pin === undefined ||
    [pin.identityKey, pin.offered, ...(pin.declined ?? [])].includes(identityKey) ||
    isPredecessor(pin, identityKey)
  if (isKnown) return { pins, notices: [] }
  return {
    pins: withPin(pins, userId, { ...pin, offered: identityKey }),
    notices: [identityChanged(userId, pin, identityKey, { signed: false, followed: false })],
  }
}

/**
 * A person trusts this key from now on. `verified`: safety numbers were compared. Devices of an unrelated key no
 * longer count.
 */
export const confirmIdentity = (pins: Pins, userId: string, identityKey: string, verified: boolean): Pins => {
  const pin = pins.get(userId)
  if (pin === undefined) return withPin(pins, userId, { identityKey, verified, devices: [] })
  const isTheirs = [pin.identityKey, heirOf(pin)].includes(identityKey)
  const isOpen = pin.identityKey === identityKey && pin.offered !== undefined && pin.offered !== identityKey
  const declined = (pin.declined ?? []).filter((key) => key !== identityKey)
  const left = [...new Set([...(pin.left ?? []), ...(isTheirs ? [] : [pin.identityKey, heirOf(pin)])])]
  const others = left.filter((key) => key !== identityKey)
  return withPin(pins, userId, {
    identityKey,
    verified,
    devices: isTheirs ? pin.devices : [],
    ...(pin.keys && isTheirs && { keys: pin.keys }),
    ...(isOpen && { offered: pin.offered }),
    ...(declined.length > 0 && { declined }),
    ...(others.length > 0 && { left: others }),
    ...(pin.statements && isTheirs && { statements: pin.statements }),
  })
}

/** A person does not trust the offered key. */
export const declineIdentity = (pins: Pins, userId: string, identityKey: string): Pins => {
  const pin = pins.get(userId)
  if (pin === undefined) return pins
  const { offered: _offered, ...rest } = pin
  return withPin(pins, userId, { ...rest, declined: [...new Set([...(pin.declined ?? []), identityKey])] })
}
