import type { Actor } from '../../../domain/ids.ts'
import type { Accounts } from '../create-accounts.ts'

/**
 * Whether a leaf may enter a tree, as far as the server can tell: the device is known and not revoked, and its
 * registered key, if it has one, is the leaf's. Clients check its certificate.
 */
export const createIsDeviceKey =
  ({ standings }: Pick<Accounts, 'standings'>) =>
  async ({ userId, deviceId }: Actor, signatureKey: Uint8Array): Promise<boolean> => {
    const { devices } = await standings.fresh(userId)
    const device = devices.find((one) => one.deviceId === deviceId && one.revokedAt === null)
    const key = Buffer.from(signatureKey).toString('base64')
    return device !== undefined && (device.signatureKey === null || device.signatureKey === key)
  }
