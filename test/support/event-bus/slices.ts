import type { BusSlice } from '../../../src/ports/event-bus.ts'
import type { Position, RecordedEvent } from '../../../src/ports/event-log.ts'
import { logEvent } from '../event-log/events.ts'

export const busEvent = (position: Position, more: Partial<RecordedEvent> = {}): RecordedEvent => ({
  ...logEvent(`e${position}`),
  stream: `conversation-c${position % 7n}`,
  revision: Number(position % 1_000n),
  position,
  ...more,
})

/** A slice of partition `partition` with events at `positions`, above `after`, up to the last of them or `upTo`. */
export const busSlice = (
  partition: number,
  after: Position,
  positions: readonly Position[],
  upTo: Position = positions.at(-1) ?? after,
): BusSlice => ({ partition, after, upTo, events: positions.map((position) => busEvent(position)) })

/** Slices of one partition that follow each other without a hole. */
export const sliceChain = (partition: number) => {
  let upTo = 0n
  return (events: number, beyond = 0n): BusSlice => {
    const after = upTo
    const positions = Array.from({ length: events }, (_, index) => after + BigInt(index) + 1n)
    upTo = after + BigInt(events) + beyond
    return busSlice(partition, after, positions, upTo)
  }
}

/** What a consumer that stood at `from` makes of slices: each event once, and the holes that it has to fill from the log. */
export const follow = (slices: readonly BusSlice[], from: Position = 0n) => {
  const events: RecordedEvent[] = []
  const holes: (readonly [Position, Position])[] = []
  let position = from
  for (const slice of slices) {
    if (slice.upTo <= position) continue
    if (slice.after > position) holes.push([position, slice.after])
    events.push(...slice.events.filter((event) => event.position > position))
    position = slice.upTo
  }
  return { events, holes, position }
}
