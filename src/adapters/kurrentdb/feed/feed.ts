import { type EventStoreDBClient, eventTypeFilter, streamNameFilter } from '@eventstore/db-client'
import type { Position, SubscribeOptions } from '../../../ports/event-log.ts'
import { pauseBefore } from '../connection/calls.ts'
import type { Head } from '../head.ts'
import { positionOf, type ServerEvent, toRecordedEvent } from '../kurrent-columns.ts'
import { createPageReader } from '../streams/page-reader.ts'
import type { Reads } from '../streams/reads.ts'
import type { StreamNames } from '../streams/stream-names.ts'
import type { FeedBuffer } from './feed-buffer.ts'

export interface FeedDeps {
  readonly client: EventStoreDBClient
  readonly names: StreamNames
  readonly head: Head
  readonly reads: Pick<Reads, 'allFrom' | 'eventsFrom'>
  /** A subscription that is silent for so long, milliseconds, is compared with the log's head. */
  readonly watchMs: number
  /** One call for each subscription that broke; another one follows. */
  readonly onError: (error: unknown) => void
}

/** What a feed brings. */
export interface FeedSpan extends Pick<SubscribeOptions, 'types'> {
  readonly after: Position
  /** Events of a page, at most. */
  readonly batchSize: number
}

/**
 * Fills an inbox with the events after a position, each once, in order: over as many of the client's subscriptions as
 * it takes. What is behind reads pages, and subscribes once it is at the end; a feed of some types alone subscribes at
 * once, since pages would bring it what is not for it.
 */
export interface Feed {
  /** There is room in the inbox again. */
  resume(): void
  /** Everything up to here is in the inbox, or was not for it. */
  position(): Position
  close(): void
}

/** Events that the server looks at before it tells how far it is. */
const searchWindow = 1000
/** Events of a page. */
const pageSize = 256

/** Why a subscription is left. */
const behind = Symbol('behind')
/** Where most events are not for it, so that it is heard of now and then. */
const searchWindowOfTypes = 250

export const createFeed = (deps: FeedDeps, { after, types, batchSize }: FeedSpan, inbox: FeedBuffer): Feed => {
  const { client, names, head, reads, watchMs, onError } = deps
  let closed = false
  /** Ends what is waited for at the moment: a subscription, or the time until the next one. */
  let interrupt = () => {}
  /** Everything up to it is in the inbox, or was not for it. */
  let cursor = after
  /** Counts what the server sends, of any kind. */
  let heard = 0
  let resume = () => {}

  const receive = (event: ServerEvent): void => {
    const position = positionOf(event)
    if (position === undefined || position <= cursor) return
    cursor = position
    if (types?.has(event.type) === false) return
    const recorded = toRecordedEvent(names, event)
    if (recorded === undefined || types?.has(recorded.type) === false) return
    head.seen(position)
    inbox.push(recorded)
  }

  /** Whether it is silent although something for it stands up to there. Where it is silent rightly, the cursor moves on. */
  const lacks = async (upTo: Position): Promise<boolean> => {
    if (types === undefined) return cursor < upTo
    while (cursor < upTo) {
      const from = cursor
      const { events, end } = await reads.allFrom(from, searchWindow)
      if (cursor > from || end <= from) return false
      if (events.some(({ type, position }) => position > from && types.has(type))) return true
      cursor = end
    }
    return false
  }

  /** Fails when the log goes on and the subscription does not: not every broken connection is noticed. */
  const watch = (fail: (error: Error) => void): (() => void) => {
    let previouslyHeard = -1
    let expected: Position | undefined
    let looking = false
    const look = async () => {
      if (looking) return
      looking = true
      const silent = heard === previouslyHeard && !inbox.isFull()
      previouslyHeard = heard
      try {
        if (silent && expected !== undefined && (await lacks(expected))) fail(new Error('The subscription fell silent'))
        expected = silent ? await head.read() : undefined
      } catch {
        expected = undefined
      } finally {
        looking = false
      }
    }
    const timer = setInterval(() => void look(), watchMs)
    return () => clearInterval(timer)
  }

  const filterTelling = (checkpointReached: (subscription: unknown, position: { commit: bigint }) => Promise<void>) =>
    types === undefined
      ? streamNameFilter({ regex: names.pattern, maxSearchWindow: searchWindow, checkpointReached })
      : eventTypeFilter({ prefixes: [...types], maxSearchWindow: searchWindowOfTypes, checkpointReached })

  /** Resolves with the reason when the subscription is over. */
  const follow = (): Promise<unknown> => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    let over = false
    const subscription = client.subscribeToAll({
      fromPosition: { commit: cursor, prepare: cursor },
      requiresLeader: true,
      filter: filterTelling(async (_, { commit }) => {
        heard += 1
        // Events before the checkpoint may still wait in the subscription's buffer: with it they would be lost.
        if (!over && subscription.readableLength === 0 && commit > cursor) cursor = commit
      }),
    })
    const end = (reason: unknown): void => {
      if (over) return
      over = true
      unwatch()
      subscription.unsubscribe().catch(() => {})
      resolve(reason)
    }
    const unwatch = watch(end)
    resume = () => void subscription.resume()
    subscription.on('data', ({ event }) => {
      if (over || event === undefined) return
      heard += 1
      receive(event)
      if (!inbox.isFull()) return
      if (types === undefined) end(behind)
      else subscription.pause()
    })
    subscription.on('error', end)
    subscription.on('end', () => end(new Error('The server ended the subscription')))
    interrupt = () => end(undefined)
    return promise
  }

  const pause = (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    interrupt = () => {
      clearTimeout(timer)
      resolve()
    }
    return promise
  }

  const readPages = createPageReader({
    ...{ reads, inbox, receive },
    pageSize: Math.min(batchSize, pageSize),
    cursor: () => cursor,
    isClosed: () => closed,
  })

  /** Resolves with why it is over. */
  const catchUpAndFollow = async (): Promise<unknown> => {
    try {
      if (types === undefined) await readPages()
    } catch (error) {
      return error
    }
    return closed ? undefined : follow()
  }

  const run = async (): Promise<void> => {
    for (let failures = 1; !closed; failures++) {
      const previouslyHeard = heard
      const reason = await catchUpAndFollow()
      if (closed) return
      if (reason === behind) {
        failures = 0
        continue
      }
      onError(reason)
      if (heard > previouslyHeard) failures = 1
      await pause(pauseBefore(failures))
    }
  }

  void run()
  return {
    resume: () => resume(),
    position: () => cursor,
    close() {
      closed = true
      interrupt()
    },
  }
}
