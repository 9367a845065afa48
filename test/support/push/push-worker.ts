import type { PushWorker } from '../../../packages/client/src/push/browser-push.ts'
import type { BrowserPush } from './browser-push-double.ts'

/** The service worker of a browser that subscribes at the double, under the name `named`. */
export const createPushWorker = (push: Pick<BrowserPush, 'subscribe'>, named: string) => {
  let present: PushSubscription | null = null
  let subscriptions = 0

  const subscribe = async (options: PushSubscriptionOptionsInit | undefined): Promise<PushSubscription> => {
    subscriptions += 1
    const { endpoint, keys } = push.subscribe(`${named}-${subscriptions}`)
    const key = Buffer.from(String(options?.applicationServerKey ?? ''), 'base64url')
    const subscription = {
      endpoint,
      expirationTime: null,
      options: { applicationServerKey: new Uint8Array(key).buffer, userVisibleOnly: true },
      getKey: () => null,
      toJSON: () => ({ endpoint, keys }),
      unsubscribe: async () => {
        present = null
        return true
      },
    }
    present = subscription
    return subscription
  }
  const worker: PushWorker = { pushManager: { getSubscription: async () => present, subscribe } }
  return { worker, subscriptions: () => subscriptions, isSubscribed: () => present !== null }
}
