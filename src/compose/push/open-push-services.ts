import { join } from 'node:path'
import { createWebhookPush } from '../../adapters/webhook/push.ts'
import type { Config } from '../../config/config.ts'
import { readVapidKeys } from '../../identity/tokens/keys/vapid-keys.ts'
import type { PushService } from '../../ports/push.ts'
import { createAllowedHosts } from '../../runtime/allowed-hosts.ts'

type PushConfig = Pick<Config, 'push' | 'dataDirectory'>

const openFirebase = async (file: string): Promise<PushService> => {
  const { openFcm, readFcmAccess } = await import('../../adapters/fcm/open-fcm.ts')
  return openFcm(await readFcmAccess(file), { now: Date.now })
}

const openBrowsers = async (contact: string, { push, dataDirectory }: PushConfig): Promise<PushService> => {
  const { createWebPush } = await import('../../adapters/webpush/create-webpush.ts')
  const vapid = await readVapidKeys(join(dataDirectory, 'keys'))
  return createWebPush({ vapid, contact, allowed: createAllowedHosts(push.endpoints), now: Date.now })
}

/**
 * Opens the services that are configured. Libraries of other services are not loaded. Rejects with an
 * `OperatorError` for credentials that cannot be read.
 */
export const openPushServices = async (config: PushConfig): Promise<readonly PushService[]> => {
  const { fcmFile, contact, webhook } = config.push
  return [
    ...(fcmFile === undefined ? [] : [await openFirebase(fcmFile)]),
    ...(contact === undefined ? [] : [await openBrowsers(contact, config)]),
    ...(webhook === undefined ? [] : [createWebhookPush({ ...webhook, now: Date.now })]),
  ]
}
