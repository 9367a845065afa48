import type { DeviceCredential } from '@backscroll/protocol/device-credential'
import { standingOf, type TrustedIdentity } from '@backscroll/protocol/device-standing'
import { isOtherKey, type Pin, type Pins } from './identity-pins.ts'
import { heirOf } from './identity-succession.ts'

const identities = new WeakMap<Pin, TrustedIdentity>()

const identityOf = (pin: Pin): TrustedIdentity => {
  const found = identities.get(pin) ?? { identityKey: heirOf(pin), statements: pin.statements ?? [] }
  identities.set(pin, found)
  return found
}

/**
 * `other_identity`: a key that this one does not come from. `revoked`: the user has withdrawn it. `other_key`: the
 * device, or one that vouches for it, was seen with another key.
 */
export type Verdict = 'trusted' | 'revoked' | 'other_identity' | 'other_key'

const firstVerdict = (pin: Pin | undefined, credential: DeviceCredential, signatureKey: string): Verdict => {
  if (pin === undefined) return 'trusted'
  const { statements = [] } = pin
  const trusted = { identityKey: heirOf({ ...pin, identityKey: credential.identityKey }), statements }
  return standingOf(credential, signatureKey, trusted) === 'stands' ? 'trusted' : 'revoked'
}

/**
 * May this device speak for the user? A device of an unknown user may, and is pinned afterwards. `signatureKey`:
 * base64.
 */
export const verdictOn = (pins: Pins, credential: DeviceCredential, signatureKey: string): Verdict => {
  const pin = pins.get(credential.userId)
  if (pin === undefined || pin.unmet) return firstVerdict(pin, credential, signatureKey)
  if (pin.declined?.includes(heirOf(pin))) return 'other_identity'
  const standing = standingOf(credential, signatureKey, identityOf(pin))
  if (standing !== 'stands') return standing
  const links = [...(credential.chain ?? []), { deviceId: credential.deviceId, signatureKey }]
  return links.some((link) => isOtherKey(pin, link)) ? 'other_key' : 'trusted'
}
