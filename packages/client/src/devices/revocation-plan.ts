import { type DeviceStanding, standingOf } from '@backscroll/protocol/device-standing'
import type { IdentityStatement, Revocation } from '@backscroll/protocol/identity-statements'
import type { WantedRevocation } from '../trust/signed-statements.ts'
import type { VerifiedDevice, VerifiedDevices } from './verify-devices.ts'

/** As if the identity key made it: the question is only which devices would be left. */
const said = (identityKey: string, { revoked, kept }: WantedRevocation): Revocation => ({
  type: 'revocation',
  userId: '',
  identityKey,
  revoked: [...revoked],
  kept: kept.map(({ deviceId, signatureKey }) => ({ deviceId, signatureKey })),
  by: null,
  signature: '',
})

const standing = (
  { deviceId, signatureKey, chain }: VerifiedDevice,
  identityKey: string,
  statements: readonly IdentityStatement[],
): DeviceStanding =>
  standingOf({ deviceId, identityKey, ...(chain && { chain }) }, signatureKey, { identityKey, statements })

/**
 * Which devices go with those that are revoked: all whose certificates depend on them. Those among them that `keep`
 * names stay, and the revocation itself certifies them anew.
 */
export const planRevocation = (
  { devices, identityKey, statements }: Omit<VerifiedDevices, 'refused'>,
  revoke: readonly string[],
  keep: readonly string[],
): WantedRevocation => {
  let plan: WantedRevocation = { revoked: [...new Set(revoke)], kept: [] }
  for (;;) {
    const known = [...statements, said(identityKey, plan)]
    const fallen = devices.find(
      (one) => !plan.revoked.includes(one.deviceId) && standing(one, identityKey, known) !== 'stands',
    )
    if (fallen === undefined) return plan
    const { deviceId, signatureKey } = fallen
    plan = keep.includes(deviceId)
      ? { ...plan, kept: [...plan.kept, { deviceId, signatureKey }] }
      : { ...plan, revoked: [...plan.revoked, deviceId] }
  }
}
