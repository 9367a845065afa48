import { verifyDevices } from '../devices/verify-devices.ts'
import type { Directory } from '../rest/mls-directory.ts'
import type { TrustBook } from '../trust/trust-book.ts'

export interface OwnDeviceKeysDeps {
  readonly userId: string
  readonly identityKey: () => string
  readonly directory: Pick<Directory, 'devices'>
  readonly trust: Pick<TrustBook, 'pins'>
}

/**
 * The keys of the user's devices, by device id, as far as the identity key certifies them and no statement revokes
 * them. The server's list alone counts for nothing.
 */
export const createOwnDeviceKeys = ({ userId, identityKey, directory, trust }: OwnDeviceKeysDeps) => {
  return async (): Promise<ReadonlyMap<string, string>> => {
    const { statements: known = [], keys = [] } = trust.pins().get(userId) ?? {}
    const list = await directory.devices()
    const { devices } = await verifyDevices(list, { userId, identityKey: identityKey(), known, keys })
    return new Map(devices.map(({ deviceId, signatureKey }) => [deviceId, signatureKey]))
  }
}

export type OwnDeviceKeys = ReturnType<typeof createOwnDeviceKeys>
