import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Position, RecordedEvent, Subscription } from '../../ports/event-log.ts'
import { createFeed, type FeedDeps } from './feed.ts'
import { createInbox } from './inbox.ts'

type Handler = (events: readonly RecordedEvent[]) => Promise<void> | void

/** A subscription of the port: a feed fills an inbox, a loop empties it. */
export const subscribe = (deps: FeedDeps, after: Position, handler: Handler, batchSize = 1000): Subscription => {
  const inbox = createInbox(batchSize)
  const feed = createFeed(deps, after, inbox)
  let closed = false

  const run = async () => {
    while (!closed) {
      await inbox.more()
      // What comes in the same turn belongs to the same batch.
      await nextTurn()
      const batch = closed ? [] : inbox.take(batchSize)
      if (batch.length > 0) {
        feed.resume()
        await handler(batch)
      }
    }
  }

  const done = run().finally(() => feed.close())
  return {
    done,
    async close() {
      closed = true
      feed.close()
      inbox.wake()
      await done.catch(() => {})
    },
  }
}
