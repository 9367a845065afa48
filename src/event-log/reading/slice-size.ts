import type { NewEvent } from '../../ports/event-log.ts'
import { sizeOfEvent } from './append-limits.ts'

/** Answers for each event, in turn, whether the slice may continue after it. */
export const createSliceSize = (maxBytes = Number.POSITIVE_INFINITY): ((event: NewEvent) => boolean) => {
  let bytes = 0
  return (event) => {
    bytes += sizeOfEvent(event)
    return bytes < maxBytes
  }
}

/** The beginning of `events`, up to and including the one that brings it to this size. */
export const upToSize = <Event extends NewEvent>(
  events: readonly Event[],
  maxBytes: number | undefined,
): readonly Event[] => {
  if (maxBytes === undefined) return events
  const goesOn = createSliceSize(maxBytes)
  const last = events.findIndex((event) => !goesOn(event))
  return last === -1 ? events : events.slice(0, last + 1)
}
