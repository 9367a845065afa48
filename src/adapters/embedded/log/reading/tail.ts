import type { NewEvent, Position, RecordedEvent } from '../../../../ports/event-log.ts'
import type { HeadSignal } from '../head-signal.ts'
import { createHeadSignal } from '../head-signal.ts'
import type { Stored } from '../writing/settle-batch.ts'
import type { RecentEvents } from './recent-events.ts'
import { createRecentEvents } from './recent-events.ts'

/** The end of the log as the main thread knows it. */
export interface Tail {
  readonly recent: RecentEvents
  readonly signal: HeadSignal
  readonly stored: Stored
  /** Position of the last durable event. */
  durable(): Position
  /**
   * What subscribers may see: it follows `durable` in a later turn of the event loop, so that appends resolve
   * first.
   */
  published(): Position
  publish(): void
}

export const createTail = (head: number, recentEvents: number): Tail => {
  const recent = createRecentEvents(head, recentEvents)
  const signal = createHeadSignal()
  let durable = BigInt(head)
  let published = durable

  const announce = () => {
    if (published === durable) return
    published = durable
    signal.announce(published)
  }
  return {
    recent,
    signal,
    stored({ stream, events }, first) {
      for (const [index, event] of events.entries()) {
        if (event.blanksTarget === true && event.target !== undefined) recent.blank(stream, event.target)
        if (event.blanksRange !== undefined) recent.blankRange(stream, event.blanksRange)
        recent.push(recorded(event, stream, first.revision + index, first.position + index), first.digestOf(index))
      }
      durable = BigInt(first.position + events.length - 1)
    },
    durable: () => durable,
    published: () => published,
    publish: () => setImmediate(announce),
  }
}

/** A request to blank is an order to the log, not part of what is recorded. */
const recorded = (event: NewEvent, stream: string, revision: number, position: number): RecordedEvent => {
  const { id, type, version, at, userId, deviceId, data, body, target } = event
  const base = { stream, revision, position: BigInt(position), id, type, version, at, userId, deviceId, data, body }
  return target === undefined ? base : { ...base, target }
}
