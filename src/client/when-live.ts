import { BackscrollError } from './backscroll-error.ts'
import type { ConnectionState } from './connection-state.ts'
import type { EventFeed } from './event-feed.ts'

/**
 * Resolves when the connection is live; rejects with `stopped` once it has come to an end. A client that is not started
 * yet may still be.
 */
export const whenLive = (now: () => ConnectionState, feed: Pick<EventFeed, 'on'>): Promise<void> =>
  new Promise((resolve, reject) => {
    if (now().name === 'live') return resolve()
    const off = feed.on('state', ({ state }) => {
      if (state.name !== 'live' && state.name !== 'stopped') return
      off()
      if (state.name === 'live') resolve()
      else reject(new BackscrollError('stopped', { message: state.reason }))
    })
  })
