import type { DeviceCredential } from '@backscroll/protocol/device-credential'
import { type DeviceStanding, standingOf } from '@backscroll/protocol/device-standing'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import type { Device, IdentityJudge } from '../../../ports/identity/device-records.ts'

/** As it was checked before it was stored. */
export const readStatements = (texts: readonly string[]): readonly IdentityStatement[] =>
  texts.map((text) => JSON.parse(text) as IdentityStatement)

const standing = (device: Device, identityKey: string, statements: readonly IdentityStatement[]): DeviceStanding => {
  const { deviceId, signatureKey, chain = [] } = device
  return signatureKey === null
    ? 'stands'
    : standingOf({ deviceId, identityKey, chain }, signatureKey, { identityKey, statements })
}

/** After these statements each remaining device stands by itself, and so does the device that made them. */
export const leavesWhole =
  (identityKey: string, by: string | undefined): IdentityJudge =>
  (devices, texts) => {
    const statements = readStatements(texts)
    const isThere = by === undefined || devices.some(({ deviceId }) => deviceId === by)
    return isThere && devices.every((one) => standing(one, identityKey, statements) === 'stands')
  }

/**
 * The last device to vouch for it is among the devices, with that key, and nothing in its chain was revoked without
 * being kept.
 */
export const mayComeBy =
  (credential: DeviceCredential, signatureKey: string): IdentityJudge =>
  (devices, texts) => {
    const { identityKey, chain = [] } = credential
    const last = chain.at(-1)
    const isThere =
      last === undefined ||
      devices.some((one) => one.deviceId === last.deviceId && one.signatureKey === last.signatureKey)
    return (
      isThere && standingOf(credential, signatureKey, { identityKey, statements: readStatements(texts) }) === 'stands'
    )
  }
