import type { SharedStore } from '../api/client-sharing.ts'
import type { Locks } from '../platform/browser-lock.ts'
import { createIndexedDbStore as createLoneStore } from '../stores/indexeddb-store.ts'
import { createTabClient } from './tab-client.ts'
import { browserTabs, type TabPlatform } from './tab-platform.ts'

/** No lock of its own: the leading tab holds one already. */
const leaders: Locks = { request: async (_name, _options, held) => held({}) }

/**
 * A store in the browser that clients in several tabs share: one tab has it open and serves the others. `name`: the
 * name of the database, one for each user and device. In a browser without Web Locks or BroadcastChannel only the
 * first tab can use it.
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
