import { isInRange } from '../../../../event-log/reading/blanked-range.ts'
import type { BlankedRange, Position, RecordedEvent } from '../../../../ports/event-log.ts'

/** The last events in memory, so that live readers get the objects that were appended instead of reading them back. */
export interface RecentEvents {
  /** The event must be the next one: positions have no gaps. */
  push(event: RecordedEvent, digest: number): void
  /** Drops the bodies of revision `target` and of all events here that refer to it. */
  blank(stream: string, target: number): void
  blankRange(stream: string, range: BlankedRange): void
  /** Events after `after` up to `upTo`; undefined when some of them are no longer here. */
  read(after: Position, upTo: Position, limit: number): readonly RecordedEvent[] | undefined
  /** The digest of the log up to a position; undefined when that event is no longer here. */
  digestAt(position: number): number | undefined
}

/** Limited by number and by size: `maxChars` counts the text of the events. */
export const createRecentEvents = (head: number, capacity: number, maxChars = 32 * 1024 * 1024): RecentEvents => {
  const slots: (RecordedEvent | undefined)[] = new Array(capacity).fill(undefined)
  const digests = new Float64Array(capacity)
  let oldest = head + 1
  let next = head + 1
  let chars = 0

  const drop = () => {
    const event = slots[oldest % capacity]
    slots[oldest % capacity] = undefined
    if (event !== undefined) chars -= sizeOf(event)
    oldest++
  }

  const blankWhere = (stream: string, isBlanked: (event: RecordedEvent) => boolean) => {
    for (const [index, event] of slots.entries()) {
      if (event === undefined || event.stream !== stream || event.body === null || !isBlanked(event)) continue
      chars -= event.body.length
      slots[index] = { ...event, body: null }
    }
  }

  return {
    push(event, digest) {
      while (next - oldest >= capacity) drop()
      digests[next % capacity] = digest
      slots[next++ % capacity] = event
      chars += sizeOf(event)
      while (chars > maxChars && oldest < next) drop()
    },
    blank: (stream, target) => blankWhere(stream, (event) => event.target === target || event.revision === target),
    blankRange: (stream, range) => blankWhere(stream, (event) => isInRange(range, event)),
    read(after, upTo, limit) {
      const first = Number(after) + 1
      if (first < oldest) return undefined
      const events: RecordedEvent[] = []
      for (let position = first; position <= Number(upTo) && events.length < limit; position++) {
        const event = slots[position % capacity]
        if (event !== undefined) events.push(event)
      }
      return events
    },
    digestAt: (position) => (position >= oldest && position < next ? digests[position % capacity] : undefined),
  }
}

const sizeOf = (event: RecordedEvent): number => event.data.length + (event.body?.length ?? 0)
