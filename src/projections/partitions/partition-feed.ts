import { ofTypes } from '../../event-log/reading/event-type-filter.ts'
import type { BusSlice } from '../../ports/event-bus.ts'
import type {
  EventHandler,
  EventReader,
  Position,
  RecordedEvent,
  SubscribeOptions,
  Subscription,
} from '../../ports/event-log.ts'
import type { PartitionScan } from './partition-scan.ts'

interface Follower {
  readonly handler: EventHandler
  readonly batchSize: number
  readonly done: PromiseWithResolvers<void>
  position: Position
}

export interface PartitionFeedDeps {
  readonly log: Pick<EventReader, 'epoch' | 'head' | 'readStream'>
  readonly scan: PartitionScan
}

/** Reads one partition of the log: history from the log itself, live events from the bus. */
export interface PartitionFeed {
  readonly reader: EventReader
  /**
   * Hands the new part of the slice to the subscriber, after whatever is missing before it; waits until there is
   * a subscriber. Answers where the subscriber then stands.
   */
  take(slice: BusSlice): Promise<Position>
  close(): Promise<void>
}

const defaultBatch = 1_000

const closedError = () => new Error('the partition was given back')

/**
 * Makes the bus's at-least-once delivery exact. It passes over a slice that was taken before; where `after` is
 * beyond what the subscriber has, it reads the events in between from the log. So neither a lost topic, nor a
 * takeover, nor a reset consumer group can lose or repeat an event.
 */
export const createPartitionFeed = ({ log, scan }: PartitionFeedDeps): PartitionFeed => {
  const subscribed = Promise.withResolvers<Follower>()
  subscribed.promise.catch(() => {})
  let follower: Follower | undefined
  let working: Promise<unknown> = Promise.resolve()
  let closed = false

  const hand = async (to: Follower, events: readonly RecordedEvent[]): Promise<void> => {
    for (let start = 0; start < events.length; start += to.batchSize) {
      if (closed) throw closedError()
      const batch = events.slice(start, start + to.batchSize)
      await to.handler(batch)
      to.position = batch.at(-1)?.position ?? to.position
    }
  }

  /**
   * Everything up to `end` that the bus did not bring. Throws when the log, as this process reads it, does not go
   * that far yet.
   */
  const fillHole = async (to: Follower, end: Position): Promise<void> => {
    for (let isMore = true; isMore; ) {
      const { events, seen } = await scan.read(to.position, to.batchSize)
      const inside = events.filter(({ position }) => position <= end)
      await hand(to, inside)
      isMore = inside.length === to.batchSize
      if (!isMore && seen < end) throw new Error(`the log is read up to ${seen}, the bus is at ${end} already`)
    }
  }

  const follow = async (to: Follower, { after, upTo, events }: BusSlice): Promise<Position> => {
    if (upTo <= to.position) return to.position
    if (after > to.position) await fillHole(to, after)
    const { position } = to
    await hand(
      to,
      events.filter((event) => event.position > position),
    )
    to.position = upTo
    return upTo
  }

  const take = async (slice: BusSlice): Promise<Position> => {
    const to = await subscribed.promise
    if (closed) throw closedError()
    try {
      const work = follow(to, slice)
      working = work.catch(() => undefined)
      return await work
    } catch (error) {
      to.done.reject(error)
      throw error
    }
  }

  const end = async (): Promise<void> => {
    closed = true
    subscribed.reject(closedError())
    await working
    follower?.done.resolve()
  }

  const subscribe = (after: Position, handler: EventHandler, options: SubscribeOptions = {}): Subscription => {
    if (follower !== undefined) throw new Error('a partition has one subscriber')
    const done = Promise.withResolvers<void>()
    done.promise.catch(() => {})
    const { batchSize = defaultBatch, types } = options
    const to = { handler: ofTypes(types, handler), batchSize, done, position: after }
    follower = to
    subscribed.resolve(to)
    return { done: done.promise, position: () => to.position, close: end }
  }

  return {
    reader: {
      epoch: log.epoch,
      head: () => log.head(),
      readStream: (slice) => log.readStream(slice),
      readAll: async (after, limit) => (await scan.read(after, limit)).events,
      subscribe,
    },
    take,
    close: end,
  }
}
