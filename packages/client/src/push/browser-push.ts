import type { ClientPush } from '../api/client-push.ts'
import { toBase64 } from '../encoding/base64.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'

/** What this needs of the service worker that is to be woken: a `ServiceWorkerRegistration` has it. */
export interface PushWorker {
  readonly pushManager: Pick<PushManager, 'getSubscription' | 'subscribe'>
}

type Client = Pick<ClientPush, 'push'>

const base64urlOf = (bytes: ArrayBuffer): string =>
  toBase64(new Uint8Array(bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/** A subscription for the key of another server, or for an old one, is worth nothing. */
const isFor = ({ options }: PushSubscription, vapidKey: string): boolean =>
  options.applicationServerKey !== null && base64urlOf(options.applicationServerKey) === vapidKey

const subscribed = async ({ pushManager }: PushWorker, vapidKey: string): Promise<PushSubscription> => {
  const present = await pushManager.getSubscription()
  if (present !== null && isFor(present, vapidKey)) return present
  await present?.unsubscribe()
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: vapidKey })
}

/**
 * Has the service worker woken when messages wait. Call it when the user has asked for notifications, and with every
 * start afterwards. Rejects with `push_unavailable` where the server does no Web Push, and with the browser's own error
 * where the user has not allowed notifications.
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

/** Wakes it no more: the server forgets it, and the browser's subscription ends, also when the server cannot be told. */
export const unsubscribeFromPush = async ({ push }: Client, { pushManager }: PushWorker): Promise<void> => {
  const subscription = await pushManager.getSubscription()
  await subscription?.unsubscribe()
  await push.unregister()
}
