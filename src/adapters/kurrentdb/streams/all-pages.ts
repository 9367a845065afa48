import type { Position, RecordedEvent } from '../../../ports/event-log.ts'
import type { Reads } from './reads.ts'

/** Read at least this many at a time, so that a stretch of events of others is not walked event by event. */
const smallestPage = 64

/**
 * `readAll` of the port, over reads that begin at their position and go through the events of others. `origin` is
 * before the log's first event.
 */
export const createAllPages =
  (reads: Reads, origin: Position): ((after: Position, limit: number) => Promise<readonly RecordedEvent[]>) =>
  async (after, limit) => {
    const events: RecordedEvent[] = []
    for (let from = after > origin ? after : origin; ; ) {
      const wanted = Math.max(limit - events.length, smallestPage) + 1
      const page = await reads.allFrom(from, wanted)
      for (const event of page.events) if (event.position > from) events.push(event)
      if (events.length >= limit || page.count < wanted) return events.slice(0, limit)
      from = page.end
    }
  }
