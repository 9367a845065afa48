import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { PushAccess } from '../../identity/accounts/devices/push-access.ts'
import { readVapidKeys } from '../../identity/tokens/keys/vapid-keys.ts'
import { createAllowedHosts } from '../../runtime/allowed-hosts.ts'

/** The ways in which this server wakes devices. The key for Web Push is read or created at its first use. */
export const openPushAccess = ({ push, dataDirectory }: Pick<Config, 'push' | 'dataDirectory'>): PushAccess => ({
  fcm: push.fcmFile !== undefined,
  vapidKey: async () =>
    push.contact === undefined ? undefined : (await readVapidKeys(join(dataDirectory, 'keys'))).publicKey,
  allowed: createAllowedHosts(push.endpoints),
})
