import { certificateChecks } from '@backscroll/protocol/certificates'
import { publicKey, signature, type Voucher } from '@backscroll/protocol/device-credential'
import { standingOf } from '@backscroll/protocol/device-standing'
import type { IdentityStatement } from '@backscroll/protocol/identity-statements'
import type { DeviceList } from '@backscroll/protocol/rest/devices'
import { allGood } from '../trust/device-certificate.ts'
import { type DeviceKey, isOtherKey } from '../trust/identity-pins.ts'
import { isGenuine, type NamedDevice } from '../trust/signed-statements.ts'

type Listed = DeviceList['devices'][number]

export interface VerifiedDevice extends NamedDevice {
  readonly chain?: readonly Voucher[] | undefined
}

/** The user's own devices that this one believes by itself, whatever the server lists. */
export interface VerifiedDevices {
  readonly identityKey: string
  readonly devices: readonly VerifiedDevice[]
  /** Listed with a key that the identity key does not confirm, or with another key than before. */
  readonly refused: readonly string[]
  /** What this device knew, and what the server added to it with valid signatures. */
  readonly statements: readonly IdentityStatement[]
}

export interface VerifyingDevice {
  readonly userId: string
  /** The trusted one, or the one from the recovery record. */
  readonly identityKey: string
  readonly known: readonly IdentityStatement[]
  /** The keys that its devices were seen with. */
  readonly keys: readonly DeviceKey[]
}

const genuineOf = async (userId: string, statements: readonly IdentityStatement[]) => {
  const good: IdentityStatement[] = []
  for (const one of statements) if (one.userId === userId && (await isGenuine(one))) good.push(one)
  return good
}

const isCertified = async ({ deviceId, chain, ...given }: Listed, { userId, identityKey }: VerifyingDevice) => {
  const key = publicKey.safeParse(given.signatureKey)
  const certificate = signature.safeParse(given.certificate)
  if (!key.success || !certificate.success) return false
  const credential = { userId, deviceId, identityKey, ...(chain && { chain }), certificate: certificate.data }
  return allGood(certificateChecks(credential, key.data))
}

/**
 * A statement can keep a device under a new key. What the server alone says is not signed, so each certificate is
 * checked here.
 */
export const verifyDevices = async (
  { devices, statements: listed }: Pick<DeviceList, 'devices' | 'statements'>,
  by: VerifyingDevice,
): Promise<VerifiedDevices> => {
  const { userId, identityKey, known, keys } = by
  const statements = [...known, ...(await genuineOf(userId, listed))]
  const trusted = { identityKey, statements }
  const good: VerifiedDevice[] = []
  const refused: string[] = []
  for (const one of devices) {
    const { deviceId, signatureKey, chain } = one
    if (signatureKey === null) continue
    const isOnce = devices.filter((other) => other.deviceId === deviceId).length === 1
    const stands = standingOf({ deviceId, identityKey, ...(chain && { chain }) }, signatureKey, trusted) === 'stands'
    const isOther = isOtherKey({ keys }, { deviceId, signatureKey })
    if (isOnce && stands && !isOther && (await isCertified(one, by))) good.push({ deviceId, signatureKey, chain })
    else refused.push(deviceId)
  }
  return { identityKey, devices: good, refused, statements }
}
