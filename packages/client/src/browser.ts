/** The browser-specific part of the SDK. */
export { followTabActivity, type PageActivity, type TabActivityOptions } from './presence/tab-activity.ts'
export { type PushWorker, subscribeToPush, unsubscribeFromPush } from './push/browser-push.ts'
export {
  beginCodeSignIn,
  type CodeSignInOptions,
  endCodeSignIn,
  type PendingSignIn,
} from './sign-in/authorization-code-sign-in.ts'
export { openBrowserStoreKey } from './stores/browser-store-key.ts'
export { createIndexedDbStore } from './tabs/shared-indexeddb-store.ts'
