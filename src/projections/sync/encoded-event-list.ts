import type { EncodedEvents } from '../reading/encoded-events.ts'
import type { TextPlace } from './event-texts.ts'

/** The events of one page. Events that are adjacent in the same bytes form one piece. */
export interface EncodedEventList {
  add(place: TextPlace): void
  count(): number
  /** The size of their texts. */
  characters(): number
  encoded(): EncodedEvents
}

/** Pieces that are smaller than this on average are copied together: a write of many pieces costs more. */
const worthApart = 4 * 1024

const joined = (pieces: readonly Buffer[], characters: number): readonly Buffer[] =>
  pieces.length > 1 && characters / pieces.length < worthApart ? [Buffer.concat(pieces)] : pieces

export const createEncodedEventList = (): EncodedEventList => {
  const pieces: Buffer[] = []
  let current: { bytes: Buffer; start: number; end: number } | undefined
  let count = 0
  let characters = 0

  /** The last one goes without its comma. */
  const close = (left: 0 | 1): void => {
    if (current !== undefined) pieces.push(current.bytes.subarray(current.start, current.end - left))
    current = undefined
  }

  return {
    add({ bytes, start, end }) {
      count += 1
      characters += end - start - 1
      if (current?.bytes === bytes && current.end === start) current.end = end
      else {
        close(0)
        current = { bytes, start, end }
      }
    },
    count: () => count,
    characters: () => characters,
    encoded() {
      close(1)
      return { count, pieces: joined(pieces, characters) }
    },
  }
}
