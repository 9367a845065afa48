import type { SharedStore } from '../api/client-sharing.ts'
import type { Locks } from '../platform/browser-lock.ts'
import { createIndexedDbStore as createLoneStore } from '../stores/indexeddb-store.ts'
import { createTabClient } from './tab-client.ts'
import { browserTabs, type TabPlatform } from './tab-platform.ts'

/** Whoever leads has the lock already. */
const leaders: Locks = { request: async (_name, _options, held) => held({}) }

/**
 * A store in the browser, which clients in several tabs share: one of them has it open, and serves the others. `name`: of the
 * database, one a user and device. Where the browser has no Web Locks or no BroadcastChannel it is the first tab's alone.
 */
export const createIndexedDbStore = (name: string, platform: TabPlatform | undefined = browserTabs()): SharedStore => {
  const alone = createLoneStore(name)
  return {
    ...alone,
    share: async (options, open) => {
      if (platform === undefined) return (await open({ ...options, store: alone })).client
      const createStore = () => createLoneStore(name, indexedDB, leaders)
      return createTabClient({ options, open, platform, name: `backscroll ${name}`, createStore })
    },
  }
}
