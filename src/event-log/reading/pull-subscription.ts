import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  EventHandler,
  EventReader,
  Position,
  RecordedEvent,
  SubscribeOptions,
  Subscription,
} from '../../ports/event-log.ts'
import { ofTypes } from './event-type-filter.ts'

/** What a log in this process offers to the loop below. */
export interface PullSource {
  /** Events after `after`, oldest first; empty when there is none yet. */
  read(after: Position, limit: number): readonly RecordedEvent[]
  /** Calls `listener` whenever there may be more to read; returns a function that stops this. */
  onAdvance(listener: () => void): () => void
}

/**
 * A subscription as a loop that reads, hands over, and sleeps until the log advances. It buffers nothing: history and live
 * events come through the same read, so there is no switch between them that could lose or repeat an event.
 */
const pullSubscription = (
  source: PullSource,
  after: Position,
  handler: EventHandler,
  { batchSize = 1000, types }: SubscribeOptions = {},
): Subscription => {
  const handle = ofTypes(types, handler)
  let closed = false
  let position = after
  let wake = () => {}
  const stop = source.onAdvance(() => wake())

  const run = async () => {
    await nextTurn()
    while (!closed) {
      const events = source.read(position, batchSize)
      const last = events.at(-1)
      if (last === undefined) await new Promise<void>((resolve) => (wake = resolve))
      else {
        await handle(events)
        position = last.position
        // A long history must not keep the event loop from everything else.
        if (events.length === batchSize) await nextTurn()
      }
    }
  }

  const done = run().finally(stop)
  return {
    done,
    position: () => position,
    async close() {
      closed = true
      wake()
      await done.catch(() => {})
    },
  }
}

/** All subscriptions of one log, so that they can be ended with it. */
export interface Subscriptions {
  readonly subscribe: EventReader['subscribe']
  /** Resolves after the handlers in progress have finished. */
  close(): Promise<void>
}

export const createSubscriptions = (source: PullSource): Subscriptions => {
  const open = new Set<Subscription>()
  return {
    subscribe(after, handler, options) {
      const subscription = pullSubscription(source, after, handler, options)
      open.add(subscription)
      const forget = () => open.delete(subscription)
      subscription.done.then(forget, forget)
      return subscription
    },
    async close() {
      await Promise.all([...open].map((subscription) => subscription.close()))
    },
  }
}
