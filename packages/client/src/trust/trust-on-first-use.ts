import { noteOffer } from './identity-offers.ts'
import { type Pin, type Pins, type SeenDevice, withPin } from './identity-pins.ts'
import { heirOf, isPredecessor } from './identity-succession.ts'
import { learn } from './received-statements.ts'
import type { PinChange } from './trust-notices.ts'

const withKey = (pin: Pin, { deviceId, signatureKey }: SeenDevice): Pin =>
  pin.keys?.some((known) => known.deviceId === deviceId)
    ? pin
    : { ...pin, keys: [...(pin.keys ?? []), { deviceId, signatureKey }] }

const newDevice = (pins: Pins, pin: Pin, seen: SeenDevice): PinChange => {
  const { userId, deviceId } = seen
  return {
    pins: withPin(pins, userId, withKey({ ...pin, devices: [...pin.devices, deviceId] }, seen)),
    notices: [{ type: 'device_added', userId, deviceId, verified: pin.verified }],
  }
}

const knownDevice = (pins: Pins, pin: Pin, seen: SeenDevice): PinChange => {
  const next = withKey(pin, seen)
  return { pins: next === pin ? pins : withPin(pins, seen.userId, next), notices: [] }
}

/** If a statement has already handed the seen key over, its successor is pinned. */
const firstSight = (pins: Pins, seen: SeenDevice): PinChange => {
  const { userId, deviceId, identityKey } = seen
  const met = withKey({ identityKey, verified: false, devices: [deviceId] }, seen)
  const pin = learn(met, pins.get(userId)?.statements ?? [])
  return {
    pins: withPin(pins, userId, { ...pin, identityKey: heirOf(pin) }),
    notices: [{ type: 'user_seen', userId, deviceId }],
  }
}

const noteOne = (pins: Pins, seen: SeenDevice): PinChange => {
  const pin = pins.get(seen.userId)
  if (pin === undefined || pin.unmet) return firstSight(pins, seen)
  const isTheirs = seen.identityKey === heirOf(pin) || isPredecessor(pin, seen.identityKey)
  if (pin.identityKey !== seen.identityKey && !isTheirs) return noteOffer(pins, seen.userId, seen.identityKey)
  return pin.devices.includes(seen.deviceId) ? knownDevice(pins, pin, seen) : newDevice(pins, pin, seen)
}

/**
 * Trust on first use: pins new users and records new devices with their keys. Call it with what an operation saw,
 * after it has succeeded. A user who is first seen with several devices is one notice.
 */
export const noteSeen = (pins: Pins, seen: readonly SeenDevice[]): PinChange =>
  seen.reduce<PinChange>(
    (change, credential) => {
      const next = noteOne(change.pins, credential)
      const news = next.notices.filter(({ type, userId }) => type !== 'device_added' || pins.has(userId))
      return { pins: next.pins, notices: [...change.notices, ...news] }
    },
    { pins, notices: [] },
  )
