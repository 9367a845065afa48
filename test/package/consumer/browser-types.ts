/** The same of an application in a browser, which has no types of Node. */
import type { BackscrollClient } from '@backscroll/client'
import { createIndexedDbStore, openBrowserStoreKey } from '@backscroll/client/browser'
import { createClient, type createIndexedDbStore as inBundle } from '@backscroll/client/bundle'

export const open = async (): Promise<BackscrollClient> => {
  const store: ReturnType<typeof inBundle> = createIndexedDbStore('store')
  const storeKey = await openBrowserStoreKey('keys')
  const token = async () => 'token'
  return createClient({ url: 'https://chat.example.org', userId: 'alice', deviceId: 'phone', token, store, storeKey })
}
