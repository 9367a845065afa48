import { LRUCache } from 'lru-cache'
import { sizeOfEvent } from '../../../../event-log/reading/append-limits.ts'
import { createSliceSize } from '../../../../event-log/reading/slice-size.ts'
import type { RecordedEvent } from '../../../../ports/event-log.ts'

/**
 * A range of a stream, forwards: from the lowest revision to the highest, up to `limit` events, and to the event
 * that reaches `maxBytes`.
 */
export interface KeptRange {
  readonly lowest: number
  readonly highest: number
  readonly limit: number
  readonly maxBytes: number | undefined
}

/**
 * The last slice read of each stream: when all devices come back at once, the members of a conversation miss the
 * same events. Holds no body that was blanked: whoever has one blanked drops the stream from here before the append
 * is acknowledged.
 */
export interface KeptSlices {
  /** Undefined when the file has to be read. */
  get(stream: string, range: KeptRange): readonly RecordedEvent[] | undefined
  /** Events of a stream without a gap. */
  keep(stream: string, events: readonly RecordedEvent[]): void
  forget(stream: string): void
}

/** In characters of all events that are kept; their encoding for the wire is kept as long, and takes as much again. */
const maxSize = 16 * 1024 * 1024
/** In events: reading fewer is as fast. */
const worthKeeping = 16

const sizeOf = (events: readonly RecordedEvent[]): number => events.reduce((sum, event) => sum + sizeOfEvent(event), 1)

export const createKeptSlices = (): KeptSlices => {
  const kept = new LRUCache<string, readonly RecordedEvent[]>({ maxSize, sizeCalculation: sizeOf })
  return {
    get: (stream, { lowest, highest, limit, maxBytes }) => {
      const events = kept.get(stream) ?? []
      const start = lowest - (events[0]?.revision ?? Number.POSITIVE_INFINITY)
      const end = start + Math.min(limit, highest - lowest + 1)
      if (start < 0) return undefined
      const goesOn = createSliceSize(maxBytes)
      for (let index = start; index < end; index += 1) {
        const event = events[index]
        if (event === undefined) return undefined
        if (!goesOn(event)) return events.slice(start, index + 1)
      }
      return events.slice(start, end)
    },
    keep: (stream, events) => {
      if (events.length >= worthKeeping) kept.set(stream, events)
    },
    forget: (stream) => void kept.delete(stream),
  }
}
