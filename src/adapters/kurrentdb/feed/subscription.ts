import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventHandler, Position, SubscribeOptions, Subscription } from '../../../ports/event-log.ts'
import { createFeed, type FeedDeps } from './feed.ts'
import { createFeedBuffer } from './feed-buffer.ts'

/** A subscription of the port: a feed fills an inbox, a loop empties it. */
export const subscribe = (
  deps: FeedDeps,
  after: Position,
  handler: EventHandler,
  { batchSize = 1000, types }: SubscribeOptions = {},
): Subscription => {
  const inbox = createFeedBuffer(batchSize)
  const feed = createFeed(deps, { after, types, batchSize }, inbox)
  let closed = false
  let handling = false
  let handled = after

  const run = async () => {
    while (!closed) {
      await inbox.more()
      // Events of the same turn belong to the same batch.
      await nextTurn()
      const batch = closed ? [] : inbox.take(batchSize)
      const last = batch.at(-1)
      if (last === undefined) continue
      handling = true
      feed.resume()
      await handler(batch)
      handled = last.position
      handling = false
    }
  }

  const done = run().finally(() => feed.close())
  return {
    done,
    position: () => (handling || !inbox.isEmpty() ? handled : feed.position()),
    async close() {
      closed = true
      feed.close()
      inbox.wake()
      await done.catch(() => {})
    },
  }
}
