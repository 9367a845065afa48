import { sizeOfEvent } from '../../event-log/reading/append-limits.ts'
import type { NewEvent } from '../../ports/event-log.ts'
import type { Outcome } from './command-outcome.ts'

/** Outcomes of decisions, one after another, whose events go into one append. */
export interface Part<Result> {
  readonly outcomes: readonly Outcome<Result>[]
  readonly events: readonly NewEvent[]
}

const partOf = <Result>(outcomes: readonly Outcome<Result>[]): Part<Result> => ({
  outcomes,
  events: outcomes.length === 1 ? (outcomes[0]?.events ?? []) : outcomes.flatMap(({ events }) => events),
})

const sizeOf = ({ events }: Outcome<unknown>): number => {
  let size = 0
  for (const event of events) size += sizeOfEvent(event)
  return size
}

/**
 * As few parts as hold `outcomes` in order, none larger than `maxSize` bytes unless a single decision is. A part
 * without events exists only where no decision led to an event.
 */
export const partsOf = <Result>(outcomes: readonly Outcome<Result>[], maxSize: number): readonly Part<Result>[] => {
  if (outcomes.length === 1) return [partOf(outcomes)]
  const parts: Part<Result>[] = []
  let first = 0
  let total = 0
  outcomes.forEach((outcome, index) => {
    const size = sizeOf(outcome)
    if (total > 0 && size > 0 && total + size > maxSize) {
      parts.push(partOf(outcomes.slice(first, index)))
      first = index
      total = 0
    }
    total += size
  })
  return [...parts, partOf(first === 0 ? outcomes : outcomes.slice(first))]
}
