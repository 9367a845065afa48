import type { ClientPush } from '../api/client-push.ts'
import { toBase64 } from '../encoding/base64.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'

/** The part of a `ServiceWorkerRegistration` that is used here. */
export interface PushWorker {
  readonly pushManager: Pick<PushManager, 'getSubscription' | 'subscribe'>
}

type Client = Pick<ClientPush, 'push'>

const base64urlOf = (bytes: ArrayBuffer): string =>
  toBase64(new Uint8Array(bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/** A subscription for another server's key, or for an old key, is useless. */
const isFor = ({ options }: PushSubscription, vapidKey: string): boolean =>
  options.applicationServerKey !== null && base64urlOf(options.applicationServerKey) === vapidKey

const subscribed = async ({ pushManager }: PushWorker, vapidKey: string): Promise<PushSubscription> => {
  const present = await pushManager.getSubscription()
  if (present !== null && isFor(present, vapidKey)) return present
  await present?.unsubscribe()
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: vapidKey })
}

/**
 * Registers the service worker for wake-ups. Call it when the user has asked for notifications, and at every start
 * afterwards. Rejects with `push_unavailable` if the server does not use Web Push, and with the browser's own error
 * if the user has not allowed notifications.
 */
export const subscribeToPush = async ({ push }: Client, worker: PushWorker): Promise<void> => {
  const { vapidKey } = await push.offer()
  if (vapidKey === null) throw new BackscrollError('push_unavailable')
  const { endpoint, keys } = (await subscribed(worker, vapidKey)).toJSON()
  const { p256dh, auth } = keys ?? {}
  if (endpoint === undefined || p256dh === undefined || auth === undefined)
    throw new BackscrollError('unsupported_platform', { details: { missing: 'keys of the push subscription' } })
  await push.register({ kind: 'webpush', endpoint, keys: { p256dh, auth } })
}

/**
 * Ends wake-ups of the service worker. The server forgets the target, and the browser's subscription ends even if
 * the server cannot be told.
 */
export const unsubscribeFromPush = async ({ push }: Client, { pushManager }: PushWorker): Promise<void> => {
  const subscription = await pushManager.getSubscription()
  await subscription?.unsubscribe()
  await push.unregister()
}
