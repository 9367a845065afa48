import { LRUCache } from 'lru-cache'
import type { LogPages } from '../../event-log/reading/log-pages.ts'
import type { Position, RecordedEvent } from '../../ports/event-log.ts'

export interface Scanned {
  /** Oldest first. */
  readonly events: readonly RecordedEvent[]
  /** Up to here the log was looked through; its end, when there are fewer events than were asked for. */
  readonly seen: Position
}

export interface PartitionScan {
  /** Events of the partition after `after`, at most `limit`; fewer only when the log has no more. Calls may overlap. */
  read(after: Position, limit: number): Promise<Scanned>
}

/** Where a call ended: what it found too much of, and where the whole log goes on. */
interface Place {
  readonly at: Position
  readonly rest: readonly RecordedEvent[]
}

/** Who reads a partition side by side: a rebuild, and who follows it. */
const placesKept = 4

/**
 * Reads one partition out of the whole log. Calls that go on where another one ended read on from the same page, so
 * that partitions which are read side by side ask for the same pages.
 */
export const createPartitionScan = (pages: LogPages, belongs: (stream: string) => boolean): PartitionScan => {
  /** By the last position that was answered. */
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
