import { deviceId } from '@backscroll/protocol/ids'
import { errors } from 'oidc-provider'
import { z } from 'zod'
import type { OAuthStore } from '../../../ports/identity/oauth-store.ts'

const kind = 'GrantDevice'

/** `at`: when the user signed in, milliseconds since the Unix epoch. */
const bound = z.object({ device: deviceId, at: z.number() })
export type BoundGrant = z.output<typeof bound>

/**
 * Each sign-in is a grant of its own, for one device, for good: refreshed tokens belong to the device that signed
 * in.
 */
export const createDeviceBinding = (store: OAuthStore, now: () => number) => ({
  bind: (grantId: string, userId: string, device: string, seconds: number): Promise<void> =>
    store.put({
      kind,
      id: grantId,
      payload: JSON.stringify({ device, at: now() }),
      grantId,
      userId,
      uid: undefined,
      userCode: undefined,
      expiresAt: now() + seconds * 1000,
    }),
  /** Undefined when the grant is gone. */
  of: async (grantId: string): Promise<BoundGrant | undefined> => {
    const found = await store.find(kind, grantId, now())
    return found && bound.parse(JSON.parse(found.payload))
  },
})

export type DeviceBinding = ReturnType<typeof createDeviceBinding>

/** The parameter `device` of an authorization request is required, because every token belongs to one device. */
export const checkDeviceParameter = (_ctx: unknown, value: string | undefined): void => {
  if (value === undefined) throw new errors.InvalidRequest('the parameter "device" is missing: the id of this device')
  if (!deviceId.safeParse(value).success) throw new errors.InvalidRequest('the parameter "device" is no device id')
}
