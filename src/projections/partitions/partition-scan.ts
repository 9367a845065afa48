import { LRUCache } from 'lru-cache'
import type { LogPages } from '../../event-log/reading/log-pages.ts'
import type { Position, RecordedEvent } from '../../ports/event-log.ts'

export interface Scanned {
  /** Oldest first. */
  readonly events: readonly RecordedEvent[]
  /** The log was searched up to here; its end, when there are fewer events than requested. */
  readonly seen: Position
}

export interface PartitionScan {
  /** Events of the partition after `after`, at most `limit`; fewer only when the log has no more. Calls may overlap. */
  read(after: Position, limit: number): Promise<Scanned>
}

/** Where a call ended: the surplus that it found, and where the whole log continues. */
interface Place {
  readonly at: Position
  readonly rest: readonly RecordedEvent[]
}

/** The readers of a partition that go side by side: a rebuild, and a follower. */
const placesKept = 4

/**
 * Reads one partition out of the whole log. A call that continues where another one ended reads on from the same
 * page, so that partitions that are read side by side request the same pages.
 */
export const createPartitionScan = (pages: LogPages, belongs: (stream: string) => boolean): PartitionScan => {
  /** By the last position in the answer. */
  const places = new LRUCache<Position, Place>({ max: placesKept })

  return {
    read: async (after, limit) => {
      let { at, rest: found }: Place = places.get(after) ?? { at: after, rest: [] }
      for (let isFull = true; isFull && found.length < limit; ) {
        const page = await pages.after(at)
        at = page.at(-1)?.position ?? at
        found = [...found, ...page.filter(({ stream }) => belongs(stream))]
        isFull = page.length === pages.size
      }
      const events = found.slice(0, limit)
      places.set(events.at(-1)?.position ?? after, { at, rest: found.slice(limit) })
      return { events, seen: at }
    },
  }
}
