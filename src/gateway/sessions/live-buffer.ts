import { covers, type Positions } from '../../event-log/positions.ts'

/**
 * Live events that wait while their session resumes [C2]. Limited: an event that does not fit marks the buffer as
 * overflowed, and everything in it is dropped, because another round of pages brings it.
 */
export interface LiveBuffer {
  entries: LiveEntry[]
  bytes: number
  overflowed: boolean
}

export interface LiveEntry {
  readonly kind: 'event' | 'receipt'
  /** The position of the event, or of the one that moved the watermark: what pages bring is at least as new. */
  readonly position: bigint
  /** JSON text, shared with other sessions. */
  readonly text: string
}

export interface LiveBufferBounds {
  readonly bufferEvents: number
  readonly bufferBytes: number
}

export const createLiveBuffer = (): LiveBuffer => ({ entries: [], bytes: 0, overflowed: false })

export const keep = (buffer: LiveBuffer, entry: LiveEntry, bounds: LiveBufferBounds): void => {
  if (buffer.overflowed) return
  buffer.bytes += entry.text.length
  if (buffer.entries.length < bounds.bufferEvents && buffer.bytes <= bounds.bufferBytes) buffer.entries.push(entry)
  else overflow(buffer)
}

/** Drops its content: another round of pages brings it. */
export const overflow = (buffer: LiveBuffer): void => {
  buffer.overflowed = true
  buffer.entries = []
}

/** What pages up to `upTo` did not bring. */
export const above = (buffer: LiveBuffer, upTo: Positions | undefined): readonly LiveEntry[] =>
  upTo === undefined ? buffer.entries : buffer.entries.filter(({ position }) => !covers(upTo, position))
