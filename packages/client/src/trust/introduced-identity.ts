import { noteOffer } from './identity-offers.ts'
import { type Pin, type Pins, withPin } from './identity-pins.ts'
import { heirOf, isPredecessor } from './identity-succession.ts'
import { learn } from './received-statements.ts'
import type { PinChange } from './trust-notices.ts'

/**
 * Pins a key that came from the person by another way than the server, before any of that person's devices was seen.
 * Where another one is trusted already, this one is offered.
 */
export const introduceIdentity = (pins: Pins, userId: string, identityKey: string): PinChange => {
  const known = pins.get(userId)
  if (known === undefined || known.unmet) {
    const met: Pin = learn({ identityKey, verified: false, devices: [] }, known?.statements ?? [])
    return { pins: withPin(pins, userId, { ...met, identityKey: heirOf(met) }), notices: [] }
  }
  const isTheirs = [known.identityKey, heirOf(known)].includes(identityKey) || isPredecessor(known, identityKey)
  return isTheirs ? { pins, notices: [] } : noteOffer(pins, userId, identityKey)
}
